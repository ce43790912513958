/** What nfs2.x cannot say. */
import type { Declarations, InfoFormat, InfoPart } from '../rpc/declarations.ts';

/** Wireshark's words for them */
const STATUSES: InfoFormat = {
  names: {
    1: 'NFS2ERR_PERM',
    2: 'NFS2ERR_NOENT',
    5: 'NFS2ERR_IO',
    6: 'NFS2ERR_NXIO',
    13: 'NFS2ERR_ACCES',
    17: 'NFS2ERR_EXIST',
    19: 'NFS2ERR_NODEV',
    20: 'NFS2ERR_NOTDIR',
    21: 'NFS2ERR_ISDIR',
    27: 'NFS2ERR_FBIG',
    28: 'NFS2ERR_NOSPC',
    30: 'NFS2ERR_ROFS',
    63: 'NFS2ERR_NAMETOOLONG',
    66: 'NFS2ERR_NOTEMPTY',
    69: 'NFS2ERR_DQUOT',
    70: 'NFS2ERR_STALE',
    99: 'NFS2ERR_WFLUSH',
  },
};
const ERROR: InfoPart = [' Error: ', 'status', STATUSES];
const STATUS: InfoPart = [' Error: ', '', STATUSES];
const file = (path: string): InfoPart => [', FH: ', path, 'handle'];
const entry = (before: string, path: string): readonly InfoPart[] => [
  [before, `${path}dir`, 'handle'],
  ['/', `${path}name`],
];

export const declarations: Declarations = {
  prefixes: ['NFSPROC_'],
  procedures: {
    NFSPROC_GETATTR: { info: { call: [file('')], reply: [ERROR] } },
    NFSPROC_SETATTR: { info: { call: [file('file')], reply: [ERROR] } },
    NFSPROC_LOOKUP: {
      names: { dir: 'dir', name: 'name', handle: 'diropok.file' },
      info: { call: entry(', DH: ', ''), reply: [ERROR, file('diropok.file')] },
    },
    NFSPROC_READLINK: { info: { call: [file('')], reply: [ERROR, [' Path: ', 'data']] } },
    NFSPROC_READ: {
      info: {
        call: [
          file('file'),
          [' Offset: ', 'offset', 'signed'],
          [' Count: ', 'count', 'signed'],
          [' TotalCount: ', 'totalcount', 'signed'],
        ],
        reply: [ERROR],
      },
    },
    NFSPROC_WRITE: {
      info: {
        call: [
          file('file'),
          [' BeginOffset: ', 'beginoffset', 'signed'],
          [' Offset: ', 'offset', 'signed'],
          [' TotalCount: ', 'totalcount', 'signed'],
        ],
        reply: [ERROR],
      },
    },
    NFSPROC_LINK: {
      info: { call: [[', From DH: ', 'from', 'handle'], ...entry(' To DH: ', 'to.')], reply: [STATUS] },
    },
    NFSPROC_SYMLINK: {
      info: { call: [...entry(', From DH: ', 'from.'), [' To ', 'to']], reply: [STATUS] },
    },
    NFSPROC_READDIR: { info: { call: [file('dir')], reply: [ERROR] } },
    NFSPROC_STATFS: { info: { call: [file('')], reply: [ERROR] } },
    NFSPROC_CREATE: {
      names: { dir: 'where.dir', name: 'where.name', handle: 'diropok.file' },
      info: { call: entry(', DH: ', 'where.'), reply: [ERROR, file('diropok.file')] },
    },
    NFSPROC_MKDIR: {
      names: { dir: 'where.dir', name: 'where.name', handle: 'diropok.file' },
      info: { call: entry(', DH: ', 'where.'), reply: [ERROR, file('diropok.file')] },
    },
    NFSPROC_REMOVE: {
      names: { dir: 'dir', name: 'name', removes: true },
      info: { call: entry(', DH: ', ''), reply: [STATUS] },
    },
    NFSPROC_RMDIR: {
      names: { dir: 'dir', name: 'name', removes: true },
      info: { call: entry(', DH: ', ''), reply: [STATUS] },
    },
    NFSPROC_RENAME: {
      names: { dir: 'from.dir', name: 'from.name', to: { dir: 'to.dir', name: 'to.name' } },
      info: { call: [...entry(', From DH: ', 'from.'), ...entry(' To DH: ', 'to.')], reply: [STATUS] },
    },
  },
  fileHandle: { alias: 'nfs.fhandle', path: 'nfs.full_name' },
  aliases: {
    fhandle: 'nfs.fhandle',
    filename: 'nfs.name',
    stat: 'nfs.status2',
    nfsdata: 'nfs.data',
    'fattr.nlink': 'nfs.fattr.nlink',
    'fattr.uid': 'nfs.fattr.uid',
    'fattr.gid': 'nfs.fattr.gid',
    'fattr.size': 'nfs.fattr.size',
    'fattr.blocksize': 'nfs.fattr.blocksize',
    'fattr.rdev': 'nfs.fattr.rdev',
    'fattr.blocks': 'nfs.fattr.blocks',
    'fattr.fsid': 'nfs.fattr.fsid',
    'fattr.fileid': 'nfs.fattr.fileid',
    'readargs.offset': 'nfs.read.offset',
    'readargs.count': 'nfs.read.count',
    'readargs.totalcount': 'nfs.read.totalcount',
    'writeargs.beginoffset': 'nfs.write.beginoffset',
    'writeargs.offset': 'nfs.write.offset',
    'writeargs.totalcount': 'nfs.write.totalcount',
    'symlinkargs.to': 'nfs.symlink.to',
    'readdirargs.count': 'nfs.readdir.count',
    'entry.fileid': 'nfs.readdir.entry.fileid',
    'entry.name': 'nfs.readdir.entry.name',
    'readdirok.eof': 'nfs.readdir.eof',
  },
};
