/** What mount3.x cannot say. */
import type { Declarations, InfoFormat } from '../rpc/declarations.ts';

/** Wireshark's words for them */
const STATUSES: InfoFormat = {
  names: {
    1: 'ERR_PERM',
    2: 'ERR_NOENT',
    5: 'ERR_IO',
    13: 'ERR_ACCESS',
    20: 'ERR_NOTDIR',
    22: 'ERR_INVAL',
    63: 'ERR_NAMETOOLONG',
    10004: 'ERR_NOTSUPP',
    10006: 'ERR_SERVERFAULT',
  },
};

export const declarations: Declarations = {
  prefixes: ['MOUNTPROC3_'],
  procedures: {
    MOUNTPROC3_MNT: {
      names: { name: '', handle: 'mountinfo.fhandle' },
      info: { call: [[' ', '']], reply: [[' Error:', 'fhs_status', STATUSES]] },
    },
    MOUNTPROC3_UMNT: { info: { call: [[' ', '']] } },
  },
  fileHandle: { alias: 'nfs.fhandle', path: 'nfs.full_name' },
  aliases: {
    fhandle3: 'nfs.fhandle',
    dirpath: 'mount.path',
    mountstat3: 'mount.status',
    'mountres3_ok.auth_flavors': 'mount.flavor',
    'mountbody.ml_hostname': 'mount.dump.hostname',
    'mountbody.ml_directory': 'mount.dump.directory',
    'groupnode.gr_name': 'mount.export.group',
    'exportnode.ex_dir': 'mount.export.directory',
  },
};
