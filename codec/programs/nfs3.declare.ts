/** What nfs3.x cannot say. */
import type { Declarations } from '../rpc/declarations.ts';

export const declarations: Declarations = {
  prefixes: ['NFSPROC3_', 'ACLPROC3_'],
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
    mode3: 'nfs.mode',
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
