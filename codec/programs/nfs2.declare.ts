/** What nfs2.x cannot say. */
import type { Declarations } from '../rpc/declarations.ts';

export const declarations: Declarations = {
  prefixes: ['NFSPROC_'],
  aliases: {
    fhandle: 'nfs.fhandle',
    filename: 'nfs.name',
    stat: 'nfs.status2',
    nfsdata: 'nfs.data',
  },
};
