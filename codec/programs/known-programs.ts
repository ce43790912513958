/**
 * The RPC programs that tshark 4.0 knows by number, with the names it shows: what is plausible as RPC on any
 * port, what the Protocol and Info columns say, and the only names for programs that have no `.x` here. Facts in
 * a compact form, unpacked once. Nothing throws.
 */

/** Several versions with the same names share a row. A number in the list of names sets the next one's number. */
type VersionNames = readonly [versions: readonly number[], names: string];
type Row = readonly [
  number: number,
  column: string,
  filter: string,
  versions: readonly VersionNames[],
  procedureField?: string,
];

// biome-ignore format: one program a line
const ROWS: readonly Row[] = [
  [2112, 'KADM5', 'kadm5', [[[2], 'NULL,CREATE_PRINCIPAL,DELETE_PRINCIPAL,MODIFY_PRINCIPAL,RENAME_PRINCIPAL,GET_PRINCIPAL,CHPASS_PRINCIPAL,CHRAND_PRINCIPAL,CREATE_POLICY,DELETE_POLICY,MODIFY_POLICY,GET_POLICY,GET_PRIVS,INIT,GET_PRINCS,GET_POLS,SETKEY_PRINCIPAL,SETV4KEY_PRINCIPAL,CREATE_PRINCIPAL3,CHPASS_PRINCIPAL3,CHRAND_PRINCIPAL3,SETKEY_PRINCIPAL3']]],
  [100000, 'Portmap', 'portmap', [[[1, 2], 'NULL,SET,UNSET,GETPORT,DUMP,CALLIT'], [[3], 'NULL,SET,UNSET,GETADDR,DUMP,CALLIT,GETTIME,UADDR2TADDR,TADDR2UADDR'], [[4], 'NULL,SET,UNSET,GETADDR,DUMP,BCAST,GETTIME,UADDR2TADDR,TADDR2UADDR,GETVERSADDR,INDIRECT,GETADDRLIST,GETSTAT']]],
  [100001, 'RSTAT', 'rstat', [[[1, 2, 3, 4], 'NULL,STATS,HAVEDISK']]],
  [100003, 'NFS', 'nfs', [[[2], 'NULL,GETATTR,SETATTR,ROOT,LOOKUP,READLINK,READ,WRITECACHE,WRITE,CREATE,REMOVE,RENAME,LINK,SYMLINK,MKDIR,RMDIR,READDIR,STATFS'], [[3], 'NULL,GETATTR,SETATTR,LOOKUP,ACCESS,READLINK,READ,WRITE,CREATE,MKDIR,SYMLINK,MKNOD,REMOVE,RMDIR,RENAME,LINK,READDIR,READDIRPLUS,FSSTAT,FSINFO,PATHCONF,COMMIT'], [[4], 'NULL,COMPOUND']]],
  [100004, 'YPSERV', 'ypserv', [[[1, 2], '1,DOMAIN,DOMAIN_NONACK,MATCH,FIRST,NEXT,XFR,CLEAR,ALL,MASTER,ORDER,MAPLIST']]],
  [100005, 'MOUNT', 'mount', [[[1], 'NULL,MNT,DUMP,UMNT,UMNTALL,EXPORT,EXPORTALL'], [[2], 'NULL,MNT,DUMP,UMNT,UMNTALL,EXPORT,EXPORTALL,PATHCONF'], [[3], 'NULL,MNT,DUMP,UMNT,UMNTALL,EXPORT']]],
  [100007, 'YPBIND', 'ypbind', [[[1, 2], 'NULL,DOMAIN,SETDOMAIN']]],
  [100008, 'RWALL', 'rwall', [[[1], '2,RWALL']]],
  [100009, 'YPPASSWD', 'yppasswd', [[[1], 'NULL,UPDATE']]],
  [100011, 'RQUOTA', 'rquota', [[[1, 2], 'NULL,GETQUOTA,GETACTIVEQUOTA,SETQUOTA,SETACTIVEQUOTA']]],
  [100012, 'SPRAY', 'spray', [[[1], 'NULL,SPRAY,GET,CLEAR']]],
  [100020, 'KLM', 'klm', [[[1], '1,TEST,LOCK,CANCEL,UNLOCK']]],
  [100021, 'NLM', 'nlm', [[[1, 2], 'NULL,TEST,LOCK,CANCEL,UNLOCK,GRANTED,TEST_MSG,LOCK_MSG,CANCEL_MSG,UNLOCK_MSG,GRANTED_MSG,TEST_RES,LOCK_RES,CANCEL_RES,UNLOCK_RES,GRANTED_RES'], [[3, 4], 'NULL,TEST,LOCK,CANCEL,UNLOCK,GRANTED,TEST_MSG,LOCK_MSG,CANCEL_MSG,UNLOCK_MSG,GRANTED_MSG,TEST_RES,LOCK_RES,CANCEL_RES,UNLOCK_RES,GRANTED_RES,20,SHARE,UNSHARE,NM_LOCK,FREE_ALL']]],
  [100024, 'STAT', 'stat', [[[1], 'NULL,STAT,MON,UNMON,UNMON_ALL,SIMU_CRASH,NOTIFY']]],
  [100026, 'BOOTPARAMS', 'bootparams', [[[1], 'NULL,WHOAMI,GETFILE']]],
  [100069, 'YPXFR', 'ypxfr', [[[1], 'NULL,GETMAP']]],
  [100227, 'NFSACL', 'nfsacl', [[[1], 'NULL'], [[2], 'NULL,GETACL,SETACL,GETATTR,ACCESS,GETXATTRDIR'], [[3], 'NULL,GETACL,SETACL,GETXATTRDIR']]],
  [100231, 'NFSAUTH', 'nfsauth', [[[1], 'NULL,ACCESS']]],
  [100232, 'SADMIND', 'sadmind', [[[1, 2, 3], 'NULL']]],
  [100300, 'NIS+', 'nisplus', [[[3], 'NULL,LOOKUP,ADD,MODIFY,REMOVE,IBLIST,IBADD,IBMODIFY,IBREMOVE,IBFIRST,IBNEXT,12,FINDDIRECTORY,14,STATUS,DUMPLOG,DUMP,CALLBACK,CPTIME,CHECKPOINT,PING,SERVSTATE,MKDIR,RMDIR,UPDKEYS']]],
  [100302, 'NIS+ CB', 'nispluscb', [[[1], 'NULL,RECEIVE,FINISH,ERROR']]],
  [150001, 'PCNFSD', 'pcnfsd', [[[1], 'NULL,AUTH,PR_INIT,PR_START'], [[2], 'NULL,INFO,PR_INIT,PR_START,PR_LIST,PR_QUEUE,PR_STATUS,PR_CANCEL,PR_ADMIN,PR_REQUEUE,PR_HOLD,PR_RELEASE,MAPID,AUTH,ALERT']]],
  [200048, 'STAT-CB', 'statnotify', [[[1], 'NULL,MON-CALLBACK']]],
  [390512, 'CLEARCASE', 'clearcase', [[[3], 'NULL']]],
  [391004, 'SGI MOUNT', 'sgimount', [[[1], 'NULL,MNT,DUMP,UMNT,UMNTALL,EXPORT,EXPORTALL,99,EXPORTLIST,STATVFS']], 'mount.procedure_sgi_v1'],
  [395183, 'VXI-11 Core', 'vxi11_core', [[[1], 'NULL,10,CREATE_LINK,DEVICE_WRITE,DEVICE_READ,DEVICE_READSTB,DEVICE_TRIGGER,DEVICE_CLEAR,DEVICE_REMOTE,DEVICE_LOCAL,DEVICE_LOCK,DEVICE_UNLOCK,DEVICE_ENABLE_SRQ,22,DEVICE_DOCMD,DESTROY_LINK,25,CREATE_INTR_CHAN,DESTROY_INTR_CHAN']]],
  [395184, 'VXI-11 Async', 'vxi11_async', [[[1], 'NULL,DEVICE_ABORT']]],
  [395185, 'VXI-11 Intr', 'vxi11_intr', [[[1], 'NULL,30,DEVICE_INTR_SRQ']]],
  [1001911, 'FMP', 'fmp', [[[3], '']]],
  [1001912, 'FMP/NOTIFY', 'fmp_notify', [[[2], '']]],
  [1238433, 'GlusterD Management', 'glusterd.mgmt', [[[1], 'NULL,PROBE_QUERY,FRIEND_ADD,CLUSTER_LOCK,CLUSTER_UNLOCK,STAGE_OP,COMMIT_OP,FRIEND_REMOVE,FRIEND_UPDATE,CLI_PROBE,CLI_DEPROBE,CLI_LIST_FRIENDS,CLI_CREATE_VOLUME,CLI_GET_VOLUME,CLI_DELETE_VOLUME,CLI_START_VOLUME,CLI_STOP_VOLUME,CLI_RENAME_VOLUME,CLI_DEFRAG_VOLUME,CLI_DEFRAG_VOLUME,CLI_ADD_BRICK,CLI_REMOVE_BRICK,CLI_REPLACE_BRICK,CLI_LOG_FILENAME,CLI_LOG_LOCATE,CLI_LOG_ROTATE,CLI_SYNC_VOLUME,CLI_RESET_VOLUME,CLI_FSM_LOG,CLI_GSYNC_SET,CLI_PROFILE_VOLUME,BRICK_OP,CLI_LOG_LEVEL,CLI_STATUS_VOLUME'], [[2], 'NULL,CLUSTER_LOCK,CLUSTER_UNLOCK,STAGE_OP,COMMIT_OP'], [[3], 'NULL,LOCK,6,UNLOCK']], 'glusterd.mgmt.proc'],
  [1238437, 'GlusterD Friend', 'glusterd.friend', [[[2], 'NULL,PROBE_QUERY,ADD,REMOVE,UPDATE']], 'glusterd.friend.proc'],
  [1238463, 'Gluster CLI', 'gluster.cli', [[[1], 'NULL,PROBE,DEPROBE,LIST_FRIENDS,CREATE_VOLUME,GET_VOLUME,GET_NEXT_VOLUME,DELETE_VOLUME,START_VOLUME,STOP_VOLUME,RENAME_VOLUME,DEFRAG_VOLUME,SET_VOLUME,ADD_BRICK,REMOVE_BRICK,REPLACE_BRICK,LOG_FILENAME,LOG_LOCATE,LOG_ROTATE,GETSPEC,PMAP_PORTBYBRICK,SYNC_VOLUME,RESET_VOLUME,FSM_LOG,GSYNC_SET,PROFILE_VOLUME,QUOTA,TOP_VOLUME,GETWD,LOG_LEVEL,STATUS_VOLUME,MOUNT,UMOUNT,HEAL_VOLUME,STATEDUMP_VOLUME'], [[2], 'NULL,PROBE,DEPROBE,LIST_FRIENDS,CREATE_VOLUME,GET_VOLUME,GET_NEXT_VOLUME,DELETE_VOLUME,START_VOLUME,STOP_VOLUME,RENAME_VOLUME,DEFRAG_VOLUME,SET_VOLUME,ADD_BRICK,REMOVE_BRICK,REPLACE_BRICK,LOG_ROTATE,GETSPEC,PMAP_PORTBYBRICK,SYNC_VOLUME,RESET_VOLUME,FSM_LOG,GSYNC_SET,PROFILE_VOLUME,QUOTA,TOP_VOLUME,GETWD,STATUS_VOLUME,STATUS_ALL,MOUNT,UMOUNT,HEAL_VOLUME,STATEDUMP_VOLUME,LIST_VOLUME,CLRLOCKS_VOLUME']], 'gluster.cli.proc'],
  [1298437, 'GlusterFS', 'glusterfs', [[[310, 330, 400], 'NULL,STAT,READLINK,MKNOD,MKDIR,UNLINK,RMDIR,SYMLINK,RENAME,LINK,TRUNCATE,OPEN,READ,WRITE,STATFS,FLUSH,FSYNC,SETXATTR,GETXATTR,REMOVEXATTR,OPENDIR,FSYNCDIR,ACCESS,CREATE,FTRUNCATE,FSTAT,LK,LOOKUP,READDIR,INODELK,FINODELK,ENTRYLK,FENTRYLK,XATTROP,FXATTROP,FGETXATTR,FSETXATTR,RCHECKSUM,SETATTR,FSETATTR,READDIRP,FORGET,RELEASE,RELEASEDIR,FREMOVEXATTR,FALLOCATE,DISCARD,ZEROFILL,IPC,SEEK']], 'glusterfs.proc'],
  [4867634, 'GlusterD Brick', 'glusterd.brick', [[[2], 'NULL,TERMINATE,XLATOR_INFO,XLATOR_OP,STATUS,OP,XLATOR_DEFRAG,NODE_PROFILE,NODE_PROFILE']], 'glusterd.brick.proc'],
  [14398633, 'GlusterFS Handshake', 'glusterfs.hndsk', [[[1, 2], 'NULL,DUMP,GETSPEC,PING,LOCK VERSION,EVENTNOTIFY,GETVOLUMEINFO']], 'glusterfs.hndsk.proc'],
  [34123456, 'Gluster Portmap', 'gluster.pmap', [[[1], 'NULL,PORTBYBRICK,BRICKBYPORT,SIGNUP,SIGNIN,SIGNOUT']], 'gluster.pmap.proc'],
  [52743234, 'GlusterFS Callback', 'glusterfs.cbk', [[[1], 'NULL,FETCHSPEC,INO_FLUSH,EVENTNOTIFY,GETSNAPS,CACHE_INVALIDATION']], 'glusterfs.cbk.proc'],
  [123451501, 'Gluster Dump', 'gluster.dump', [[[1], 'NULL,DUMP']], 'gluster.dump.proc'],
  [541065268, 'TEKLINK', 'teklink', [[[1], '']]],
  [788585389, 'HCLNFSD', 'hclnfsd', [[[1], 'NULL,SPOOL_INQUIRE,SPOOL_FILE,AUTHORIZE,GRP_NAME_TO_NUMB,GRP_TO_NUMBER,RETURN_HOST,UID_TO_NAME,NAME_TO_UID,20,SHARE,UNSHARE,LOCK,REMOVE,UNLOCK,30,GET_PRINTERS,GET_PRINTQ,CANCEL_PRJOB,105,ZAP_LOCKS']]],
  [1073741824, 'NFS CB', 'nfs.cb', [[[1, 4], 'CB_NULL,CB_COMPOUND']], 'nfs.cb_procedure'],
];

export interface KnownProgram {
  readonly number: number;
  /** what the Protocol column shows, 'NFS' */
  readonly column: string;
  /** the protocol's name in filters, 'nfs' */
  readonly filter: string;
  /** versions with a dissector in tshark, ascending */
  readonly versions: readonly number[];
  /** the name shown for a procedure, 'GETATTR'; undefined when there is none ('proc-N' is shown) */
  procedureName(version: number, procedure: number): string | undefined;
  /** the field that holds the procedure's number, 'nfs.procedure_v3'; undefined for a version not known */
  procedureField(version: number): string | undefined;
}

const PROGRAMS: ReadonlyMap<number, KnownProgram> = new Map(ROWS.map((row) => [row[0], unpack(row)]));

/** The program of this number, or undefined when tshark does not know it. */
export function findProgram(number: number): KnownProgram | undefined {
  return PROGRAMS.get(number);
}

/** Whether tshark knows the program: the test that decides what is RPC on an arbitrary port. */
export function isKnownProgram(number: number): boolean {
  return PROGRAMS.has(number);
}

/** The numbers of all known programs, ascending. */
export function knownProgramNumbers(): number[] {
  return [...PROGRAMS.keys()];
}

function unpack([number, column, filter, rows, field]: Row): KnownProgram {
  const byVersion = new Map<number, ReadonlyMap<number, string>>();
  for (const [versions, names] of rows) {
    const table = unpackNames(names);
    for (const version of versions) byVersion.set(version, table);
  }
  return {
    number,
    column,
    filter,
    versions: [...byVersion.keys()].sort((a, b) => a - b),
    procedureName: (version, procedure) => byVersion.get(version)?.get(procedure),
    procedureField: (version) =>
      byVersion.has(version) ? (field ?? `${filter}.procedure_v${version}`) : undefined,
  };
}

function unpackNames(names: string): ReadonlyMap<number, string> {
  const table = new Map<number, string>();
  let next = 0;
  for (const item of names.split(',')) {
    if (/^\d+$/.test(item)) next = Number(item);
    else if (item !== '') table.set(next++, item);
  }
  return table;
}
