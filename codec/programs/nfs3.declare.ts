/** What nfs3.x cannot say. */
import type { Declarations, HandleNaming, InfoFormat, InfoPart } from '../rpc/declarations.ts';

/** The result has the handle of what was made, where the server tells it. */
const made: HandleNaming = { dir: 'where.dir.data', name: 'where.name', handle: 'resok.obj.handle.data' };
const removed: HandleNaming = { dir: 'object.dir.data', name: 'object.name', removes: true };

const FILE_TYPES: InfoFormat = {
  names: {
    1: 'Regular File',
    2: 'Directory',
    3: 'Block Special Device',
    4: 'Character Special Device',
    5: 'Symbolic Link',
    6: 'Socket',
    7: 'Named Pipe',
  },
};
/** words of ACCESS, the last three of RFC 8276 */
export const ACCESS_BITS = [
  [0x001, 'RD'],
  [0x002, 'LU'],
  [0x004, 'MD'],
  [0x008, 'XT'],
  [0x010, 'DL'],
  [0x020, 'XE'],
  [0x040, 'XAR'],
  [0x080, 'XAW'],
  [0x100, 'XAL'],
] as const;
const ACCESS: InfoFormat = { bits: ACCESS_BITS };
const file = (path: string): InfoPart => [', FH: ', path, 'handle'];
const entry = (before: string, path: string): readonly InfoPart[] => [
  [before, `${path}.dir.data`, 'handle'],
  ['/', `${path}.name`],
];
const ERROR: InfoPart = [' Error: ', 'status', 'error'];
/** calls that name one file, and nothing else that is shown */
const onFile = (path: string) => ({ call: [file(path)], reply: [ERROR] });
const inDirectory = (path: string, ...more: readonly InfoPart[]) => ({
  call: [...entry(', DH: ', path), ...more],
  reply: [ERROR],
});

export const declarations: Declarations = {
  prefixes: ['NFSPROC3_', 'ACLPROC3_'],
  procedures: {
    NFSPROC3_GETATTR: {
      info: {
        call: [file('object.data')],
        reply: [
          ERROR,
          ['  ', 'resok.obj_attributes.type', FILE_TYPES],
          [' mode: ', 'resok.obj_attributes.mode', 'mode'],
          [' uid: ', 'resok.obj_attributes.uid'],
          [' gid: ', 'resok.obj_attributes.gid'],
        ],
      },
    },
    NFSPROC3_SETATTR: { info: onFile('object.data') },
    NFSPROC3_LOOKUP: {
      names: { dir: 'what.dir.data', name: 'what.name', handle: 'resok.object.data' },
      info: { call: entry(', DH: ', 'what'), reply: [ERROR, file('resok.object.data')] },
    },
    NFSPROC3_ACCESS: {
      info: {
        call: [file('object.data'), [', [Check:', 'access', ACCESS]],
        reply: [ERROR, [', [Allowed:', 'resok.access', ACCESS]],
      },
    },
    NFSPROC3_READLINK: {
      info: { call: [file('symlink.data')], reply: [ERROR, [' Path: ', 'resok.data']] },
    },
    NFSPROC3_READ: {
      info: {
        call: [file('file.data'), [' Offset: ', 'offset'], [' Len: ', 'count']],
        reply: [ERROR, [' Len: ', 'resok.count']],
      },
    },
    NFSPROC3_WRITE: {
      info: {
        call: [file('file.data'), [' Offset: ', 'offset'], [' Len: ', 'count'], [' ', 'stable']],
        reply: [ERROR, [' Len: ', 'resok.count'], [' ', 'resok.committed']],
      },
    },
    NFSPROC3_CREATE: { names: made, info: inDirectory('where', [' Mode: ', 'how.mode']) },
    NFSPROC3_MKDIR: { names: made, info: inDirectory('where') },
    NFSPROC3_SYMLINK: {
      names: made,
      info: {
        call: [...entry(', From DH: ', 'where'), [' To ', 'symlink.symlink_data']],
        reply: [ERROR],
      },
    },
    NFSPROC3_MKNOD: {
      names: made,
      info: { call: [...entry(', FH: ', 'where'), [' ', 'what.type', FILE_TYPES]], reply: [ERROR] },
    },
    NFSPROC3_REMOVE: { names: removed, info: inDirectory('object') },
    NFSPROC3_RMDIR: { names: removed, info: inDirectory('object') },
    NFSPROC3_RENAME: {
      names: { dir: 'from.dir.data', name: 'from.name', to: { dir: 'to.dir.data', name: 'to.name' } },
      info: { call: [...entry(', From DH: ', 'from'), ...entry(' To DH: ', 'to')], reply: [ERROR] },
    },
    NFSPROC3_LINK: {
      info: {
        call: [[', From DH: ', 'file.data', 'handle'], ...entry(' To DH: ', 'link')],
        reply: [ERROR],
      },
    },
    NFSPROC3_READDIR: {
      info: { call: [file('dir.data')], reply: [ERROR, [' ', 'resok.reply.entries', { each: 'name' }]] },
    },
    NFSPROC3_READDIRPLUS: {
      names: {
        dir: 'dir.data',
        entries: { list: 'resok.reply.entries', name: 'name', handle: 'name_handle.handle.data' },
      },
      info: { call: [file('dir.data')], reply: [ERROR, [' ', 'resok.reply.entries', { each: 'name' }]] },
    },
    NFSPROC3_FSSTAT: { info: onFile('fsroot.data') },
    NFSPROC3_FSINFO: { info: onFile('fsroot.data') },
    NFSPROC3_PATHCONF: { info: onFile('object.data') },
    NFSPROC3_COMMIT: { info: onFile('file.data') },
  },
  fileHandle: { alias: 'nfs.fhandle', path: 'nfs.full_name' },
  aliases: {
    'nfs_fh3.data': 'nfs.fhandle',
    filename3: 'nfs.name',
    nfsstat3: 'nfs.status3',
    offset3: 'nfs.offset3',
    count3: 'nfs.count3',
    cookie3: 'nfs.cookie3',
    cookieverf3: 'nfs.verifier',
    writeverf3: 'nfs.verifier',
    createverf3: 'nfs.verifier',
    mode3: 'nfs.mode3',
    'fattr3.type': 'nfs.fattr3.type',
    'fattr3.nlink': 'nfs.fattr3.nlink',
    'fattr3.uid': 'nfs.fattr3.uid',
    'fattr3.gid': 'nfs.fattr3.gid',
    'fattr3.size': 'nfs.fattr3.size',
    'fattr3.used': 'nfs.fattr3.used',
    'fattr3.fsid': 'nfs.fattr3.fsid',
    'fattr3.fileid': 'nfs.fattr3.fileid',
    'specdata3.specdata1': 'nfs.specdata1',
    'specdata3.specdata2': 'nfs.specdata2',
    'post_op_attr.attributes_follow': 'nfs.attributes_follow',
    'post_op_fh3.handle_follows': 'nfs.handle_follow',
    'READ3resok.eof': 'nfs.read.eof',
    'WRITE3args.stable': 'nfs.write.stable',
    'WRITE3resok.committed': 'nfs.write.committed',
    'entry3.fileid': 'nfs.readdir.entry3.fileid',
    'entry3.name': 'nfs.readdir.entry3.name',
    'entry3.cookie': 'nfs.readdir.entry3.cookie',
    'dirlist3.eof': 'nfs.readdir.eof',
    'READDIRPLUS3args.dircount': 'nfs.count3_dircount',
    'READDIRPLUS3args.maxcount': 'nfs.count3_maxcount',
    'entryplus3.fileid': 'nfs.readdirplus.entry.fileid',
    'entryplus3.name': 'nfs.readdirplus.entry.name',
    'entryplus3.cookie': 'nfs.readdirplus.entry.cookie',
    'dirlistplus3.eof': 'nfs.readdir.eof',
    'READ3resok.data': 'nfs.data',
    'WRITE3args.data': 'nfs.data',
    'secattr.mask': 'nfsacl.mask',
    'secattr.aclcnt': 'nfsacl.aclcnt',
    'secattr.dfaclcnt': 'nfsacl.dfaclcnt',
    'aclent.type': 'nfsacl.aclent.type',
    'aclent.id': 'nfsacl.aclent.uid',
    'aclent.perm': 'nfsacl.aclent.perm',
    'GETXATTRDIR3args.create': 'nfsacl.create',
  },
};
