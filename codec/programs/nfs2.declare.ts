/** What nfs2.x cannot say. */
import type { Declarations } from '../rpc/declarations.ts';

export const declarations: Declarations = {
  prefixes: ['NFSPROC_'],
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
