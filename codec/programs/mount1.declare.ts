/** What mount1.x cannot say. */
import type { Declarations } from '../rpc/declarations.ts';

export const declarations: Declarations = {
  prefixes: ['MOUNTPROC_'],
  procedures: { MOUNTPROC_MNT: { names: { name: '', handle: 'directory' } } },
  fileHandle: { alias: 'nfs.fhandle', path: 'nfs.full_name' },
  aliases: {
    fhandle: 'nfs.fhandle',
    dirpath: 'mount.path',
    'fhstatus.status': 'mount.status',
    'mountbody.hostname': 'mount.dump.hostname',
    'mountbody.directory': 'mount.dump.directory',
    'groupnode.grname': 'mount.export.group',
    'exportnode.filesys': 'mount.export.directory',
  },
};
