/**
 * The RPC programs that tshark 4.0.17 knows: column name, filter name, heading, and for each version the procedure
 * names it shows. Facts only; nothing here throws. Program descriptions (codec/programs, --idl) add to this at run
 * time, they do not replace it: what a column says must not depend on which `.x` files are loaded.
 */

export interface KnownProgram {
  readonly number: number;
  /** as the Protocol column has it */
  readonly column: string;
  /** first word of its field names */
  readonly filter: string;
  /** heading of its subtree */
  readonly title: string;
  /** versions whose procedure tshark shows in a field of the program's own */
  readonly versions: readonly number[];
}

/** number | column | filter | title | versions */
const PROGRAMS = [
  '2112|KADM5|kadm5|Kerberos Administration|2',
  '100000|Portmap|portmap|Portmap|1,2,3,4',
  '100001|RSTAT|rstat|RSTAT|1,2,3,4',
  '100003|NFS|nfs|Network File System|2,3,4',
  '100004|YPSERV|ypserv|Yellow Pages Service|1,2',
  '100005|MOUNT|mount|Mount Service|1,2,3',
  '100007|YPBIND|ypbind|Yellow Pages Bind|1,2',
  '100008|RWALL|rwall|Remote Wall protocol|1',
  '100009|YPPASSWD|yppasswd|Yellow Pages Passwd|1',
  '100011|RQUOTA|rquota|Remote Quota|1,2',
  '100012|SPRAY|spray|SPRAY|1',
  '100020|KLM|klm|Kernel Lock Manager|1',
  '100021|NLM|nlm|Network Lock Manager Protocol|1,2,3,4',
  '100024|STAT|stat|Network Status Monitor Protocol|1',
  '100026|BOOTPARAMS|bootparams|Boot Parameters|1',
  '100069|YPXFR|ypxfr|Yellow Pages Transfer|1',
  '100227|NFSACL|nfsacl|NFSACL|1,2,3',
  '100231|NFSAUTH|nfsauth|NFSAUTH|1',
  '100232|SADMIND|sadmind|SADMIND|1,2,3',
  '100300|NIS+|nisplus|NIS+|3',
  '100302|NIS+ CB|nispluscb|NIS+ Callback|1',
  '150001|PCNFSD|pcnfsd|PC NFS|1,2',
  '200048|STAT-CB|statnotify|Network Status Monitor CallBack Protocol|1',
  '390512|CLEARCASE|clearcase|Clearcase NFS|3',
  '391004|SGI MOUNT|sgimount|SGI Mount Service|1',
  '395183|VXI-11 Core|vxi11_core|VXI-11 Core Protocol|1',
  '395184|VXI-11 Async|vxi11_async|VXI-11 Asynchronous Abort|1',
  '395185|VXI-11 Intr|vxi11_intr|VXI-11 Interrupt|1',
  '1001911|FMP|fmp|File Mapping Protocol|3',
  '1001912|FMP/NOTIFY|fmp_notify|File Mapping Protocol Notify|2',
  '1238433|Gluster Daemon mgmt (glusterd)|glusterd.mgmt|Gluster Daemon mgmt (glusterd)|1,2,3',
  '1238437|Gluster friend (glusterd)|glusterd.friend|Gluster friend (glusterd)|2',
  '1238463|Gluster CLI|gluster.cli|Gluster CLI|1,2',
  '1298437|GlusterFS|glusterfs|GlusterFS|310,330,400',
  '4867634|Gluster brick op (glusterd)|glusterd.brick|Gluster brick op (glusterd)|2',
  '14398633|GlusterFS Handshake|glusterfs.hndsk|GlusterFS Handshake|1,2',
  '34123456|Gluster Portmap|gluster.pmap|Gluster Portmap|1',
  '52743234|GlusterFS Callback|glusterfs.cbk|GlusterFS Callback|1',
  '123451501|Gluster Dump|gluster.dump|Gluster Dump|1',
  '541065268|TEKLINK|teklink|TEKLINK|1',
  '788585389|HCLNFSD|hclnfsd|Hummingbird NFS Daemon|1',
  '1073741824|NFS CB|nfs.cb|Network File System CB|1,4',
];

/** filter.version, then the names of procedures 0, 1, 2 …; `n=NAME` jumps to number n. */
const PROCEDURES = [
  'bootparams.1 NULL WHOAMI GETFILE',
  'clearcase.3 NULL',
  'hclnfsd.1 NULL SPOOL_INQUIRE SPOOL_FILE AUTHORIZE GRP_NAME_TO_NUMB GRP_TO_NUMBER RETURN_HOST ' +
    'UID_TO_NAME NAME_TO_UID 20=SHARE UNSHARE LOCK REMOVE UNLOCK 30=GET_PRINTERS GET_PRINTQ ' +
    'CANCEL_PRJOB 105=ZAP_LOCKS',
  'kadm5.2 NULL CREATE_PRINCIPAL DELETE_PRINCIPAL MODIFY_PRINCIPAL RENAME_PRINCIPAL GET_PRINCIPAL ' +
    'CHPASS_PRINCIPAL CHRAND_PRINCIPAL CREATE_POLICY DELETE_POLICY MODIFY_POLICY GET_POLICY GET_PRIVS ' +
    'INIT GET_PRINCS GET_POLS SETKEY_PRINCIPAL SETV4KEY_PRINCIPAL CREATE_PRINCIPAL3 CHPASS_PRINCIPAL3 ' +
    'CHRAND_PRINCIPAL3 SETKEY_PRINCIPAL3',
  'klm.1 1=TEST LOCK CANCEL UNLOCK',
  'mount.1 NULL MNT DUMP UMNT UMNTALL EXPORT EXPORTALL',
  'mount.2 NULL MNT DUMP UMNT UMNTALL EXPORT EXPORTALL PATHCONF',
  'mount.3 NULL MNT DUMP UMNT UMNTALL EXPORT',
  'nfs.2 NULL GETATTR SETATTR ROOT LOOKUP READLINK READ WRITECACHE WRITE CREATE REMOVE RENAME LINK ' +
    'SYMLINK MKDIR RMDIR READDIR STATFS',
  'nfs.3 NULL GETATTR SETATTR LOOKUP ACCESS READLINK READ WRITE CREATE MKDIR SYMLINK MKNOD REMOVE ' +
    'RMDIR RENAME LINK READDIR READDIRPLUS FSSTAT FSINFO PATHCONF COMMIT',
  'nfs.4 NULL COMPOUND',
  'nfsacl.1 NULL',
  'nfsacl.2 NULL GETACL SETACL GETATTR ACCESS GETXATTRDIR',
  'nfsacl.3 NULL GETACL SETACL GETXATTRDIR',
  'nfsauth.1 NULL ACCESS',
  'nisplus.3 NULL LOOKUP ADD MODIFY REMOVE IBLIST IBADD IBMODIFY IBREMOVE IBFIRST IBNEXT ' +
    '12=FINDDIRECTORY 14=STATUS DUMPLOG DUMP CALLBACK CPTIME CHECKPOINT PING SERVSTATE MKDIR RMDIR ' +
    'UPDKEYS',
  'nispluscb.1 NULL RECEIVE FINISH ERROR',
  'nlm.1 NULL TEST LOCK CANCEL UNLOCK GRANTED TEST_MSG LOCK_MSG CANCEL_MSG UNLOCK_MSG GRANTED_MSG ' +
    'TEST_RES LOCK_RES CANCEL_RES UNLOCK_RES GRANTED_RES',
  'nlm.2 NULL TEST LOCK CANCEL UNLOCK GRANTED TEST_MSG LOCK_MSG CANCEL_MSG UNLOCK_MSG GRANTED_MSG ' +
    'TEST_RES LOCK_RES CANCEL_RES UNLOCK_RES GRANTED_RES',
  'nlm.3 NULL TEST LOCK CANCEL UNLOCK GRANTED TEST_MSG LOCK_MSG CANCEL_MSG UNLOCK_MSG GRANTED_MSG ' +
    'TEST_RES LOCK_RES CANCEL_RES UNLOCK_RES GRANTED_RES 20=SHARE UNSHARE NM_LOCK FREE_ALL',
  'nlm.4 NULL TEST LOCK CANCEL UNLOCK GRANTED TEST_MSG LOCK_MSG CANCEL_MSG UNLOCK_MSG GRANTED_MSG ' +
    'TEST_RES LOCK_RES CANCEL_RES UNLOCK_RES GRANTED_RES 20=SHARE UNSHARE NM_LOCK FREE_ALL',
  'pcnfsd.1 NULL AUTH PR_INIT PR_START',
  'pcnfsd.2 NULL INFO PR_INIT PR_START PR_LIST PR_QUEUE PR_STATUS PR_CANCEL PR_ADMIN PR_REQUEUE ' +
    'PR_HOLD PR_RELEASE MAPID AUTH ALERT',
  'portmap.1 NULL SET UNSET GETPORT DUMP CALLIT',
  'portmap.2 NULL SET UNSET GETPORT DUMP CALLIT',
  'portmap.3 NULL SET UNSET GETADDR DUMP CALLIT GETTIME UADDR2TADDR TADDR2UADDR',
  'portmap.4 NULL SET UNSET GETADDR DUMP BCAST GETTIME UADDR2TADDR TADDR2UADDR GETVERSADDR INDIRECT ' +
    'GETADDRLIST GETSTAT',
  'rquota.1 NULL GETQUOTA GETACTIVEQUOTA SETQUOTA SETACTIVEQUOTA',
  'rquota.2 NULL GETQUOTA GETACTIVEQUOTA SETQUOTA SETACTIVEQUOTA',
  'rstat.1 NULL STATS HAVEDISK',
  'rstat.2 NULL STATS HAVEDISK',
  'rstat.3 NULL STATS HAVEDISK',
  'rstat.4 NULL STATS HAVEDISK',
  'rwall.1 2=RWALL',
  'sadmind.1 NULL',
  'sadmind.2 NULL',
  'sadmind.3 NULL',
  'spray.1 NULL SPRAY GET CLEAR',
  'stat.1 NULL STAT MON UNMON UNMON_ALL SIMU_CRASH NOTIFY',
  'statnotify.1 NULL MON-CALLBACK',
  'vxi11_async.1 NULL DEVICE_ABORT',
  'vxi11_core.1 NULL 10=CREATE_LINK DEVICE_WRITE DEVICE_READ DEVICE_READSTB DEVICE_TRIGGER ' +
    'DEVICE_CLEAR DEVICE_REMOTE DEVICE_LOCAL DEVICE_LOCK DEVICE_UNLOCK DEVICE_ENABLE_SRQ ' +
    '22=DEVICE_DOCMD DESTROY_LINK 25=CREATE_INTR_CHAN DESTROY_INTR_CHAN',
  'vxi11_intr.1 NULL 30=DEVICE_INTR_SRQ',
  'ypbind.1 NULL DOMAIN SETDOMAIN',
  'ypbind.2 NULL DOMAIN SETDOMAIN',
  'yppasswd.1 NULL UPDATE',
  'ypserv.1 1=DOMAIN DOMAIN_NONACK MATCH FIRST NEXT XFR CLEAR ALL MASTER ORDER MAPLIST',
  'ypserv.2 1=DOMAIN DOMAIN_NONACK MATCH FIRST NEXT XFR CLEAR ALL MASTER ORDER MAPLIST',
  'ypxfr.1 NULL GETMAP',
];

export interface KnownPrograms {
  find(program: number): KnownProgram | undefined;
  /** the procedure's name, or undefined */
  procedure(program: number, version: number, procedure: number): string | undefined;
  /** the programs in ascending order */
  readonly all: readonly KnownProgram[];
}

/** Reads the tables above. */
export function knownPrograms(): KnownPrograms {
  const byNumber = new Map<number, KnownProgram>();
  for (const line of PROGRAMS) {
    const [number = '', column = '', filter = '', title = '', versions = ''] = line.split('|');
    byNumber.set(Number(number), {
      number: Number(number),
      column,
      filter,
      title,
      versions: versions === '' ? [] : versions.split(',').map(Number),
    });
  }
  const byVersion = new Map<string, Map<number, string>>();
  for (const line of PROCEDURES) {
    const [key = '', ...tokens] = line.split(' ');
    const names = new Map<number, string>();
    let next = 0;
    for (const token of tokens) {
      const [left = '', right] = token.split('=');
      if (right !== undefined) next = Number(left);
      names.set(next++, right ?? left);
    }
    byVersion.set(key, names);
  }
  return {
    find: (program) => byNumber.get(program),
    procedure: (program, version, procedure) =>
      byVersion.get(`${byNumber.get(program)?.filter}.${version}`)?.get(procedure),
    all: [...byNumber.values()],
  };
}
