/** What mount1.x cannot say. */
import type { Declarations, InfoFormat } from '../rpc/declarations.ts';

/** Wireshark's words for Unix error numbers */
export const STATUS_NAMES = {
  1: 'ERR_PERM',
  2: 'ERR_NOENT',
  5: 'ERR_IO',
  13: 'ERR_ACCESS',
  20: 'ERR_NOTDIR',
  22: 'ERR_INVAL',
  63: 'ERR_NAMETOOLONG',
};
const STATUSES: InfoFormat = { names: STATUS_NAMES };

export const declarations: Declarations = {
  prefixes: ['MOUNTPROC_'],
  procedures: {
    MOUNTPROC_MNT: {
      names: { name: '', handle: 'directory' },
      info: { call: [[' ', '']], reply: [[' Error:', 'status', STATUSES]] },
    },
    MOUNTPROC_UMNT: { info: { call: [[' ', '']] } },
  },
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
