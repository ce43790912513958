/** What mount3.x cannot say. */
import type { Declarations, InfoFormat } from '../rpc/declarations.ts';
import { STATUS_NAMES } from './mount1.declare.ts';

const STATUSES: InfoFormat = {
  names: { ...STATUS_NAMES, 10004: 'ERR_NOTSUPP', 10006: 'ERR_SERVERFAULT' },
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
