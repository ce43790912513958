/**
 * What nfs4.x cannot say: what attributes, layouts, devices and notifications hold, and how a COMPOUND is shown in
 * one line.
 */
import type { Compound, Declarations, Detail, OperationNaming } from '../rpc/declarations.ts';
import type { Field, RefinedBy, Refinement, StructType, XdrType } from '../xdr/index.ts';
import { ACCESS_BITS } from './nfs3.declare.ts';
import { types } from './nfs4.gen.ts';

/** Attributes by number: the bits of fattr4.attrmask (RFC 7531, 5662, 7863, 8275, 8276). */
// biome-ignore format: eight to a line, as the numbers go
const ATTRIBUTES = [
  'supported_attrs', 'type', 'fh_expire_type', 'change', 'size', 'link_support', 'symlink_support', 'named_attr',
  'fsid', 'unique_handles', 'lease_time', 'rdattr_error', 'acl', 'aclsupport', 'archive', 'cansettime',
  'case_insensitive', 'case_preserving', 'chown_restricted', 'filehandle', 'fileid', 'files_avail', 'files_free', 'files_total',
  'fs_locations', 'hidden', 'homogeneous', 'maxfilesize', 'maxlink', 'maxname', 'maxread', 'maxwrite',
  'mimetype', 'mode', 'no_trunc', 'numlinks', 'owner', 'owner_group', 'quota_avail_hard', 'quota_avail_soft',
  'quota_used', 'rawdev', 'space_avail', 'space_free', 'space_total', 'space_used', 'system', 'time_access',
  'time_access_set', 'time_backup', 'time_create', 'time_delta', 'time_metadata', 'time_modify', 'time_modify_set', 'mounted_on_fileid',
  'dir_notif_delay', 'dirent_notif_delay', 'dacl', 'sacl', 'change_policy', 'fs_status', 'fs_layout_types', 'layout_hint',
  'layout_types', 'layout_blksize', 'layout_alignment', 'fs_locations_info', 'mdsthreshold', 'retention_get', 'retention_set', 'retentevt_get',
  'retentevt_set', 'retention_hold', 'mode_set_masked', 'suppattr_exclcreat', 'fs_charset_cap', 'clone_blksize', 'space_freed', 'change_attr_type',
  'sec_label', 'mode_umask', 'xattr_support',
] as const;

const [FILES, BLOCK, FLEX_FILES, SCSI] = [1, 3, 4, 5];

function typeOf(name: string): XdrType {
  const target = types.get(name);
  if (target === undefined) throw new TypeError(`no type ${name}`);
  return { kind: 'ref', name, target };
}

function structOf(name: string): StructType {
  const type = types.get(name);
  if (type?.kind !== 'struct') throw new TypeError(`no struct ${name}`);
  return type;
}

/** `fields`: by bit, a field's name and its type's. */
function byBits(on: string, fields: Iterable<readonly [bit: number, name: string, type: string]>): RefinedBy {
  const map = new Map<number, Field>();
  for (const [bit, name, type] of fields) map.set(bit, { name, type: typeOf(type) });
  return { kind: 'bitmap', on, fields: map };
}

function byLayoutType(
  on: string,
  cases: readonly (readonly [layoutType: number, type: string])[],
): RefinedBy {
  return { kind: 'switch', on, cases: new Map(cases.map(([value, type]) => [value, typeOf(type)])) };
}

const refinements: readonly Refinement[] = [
  {
    within: structOf('fattr4'),
    field: 'attr_vals',
    by: byBits(
      'attrmask',
      ATTRIBUTES.map((name, bit) => [bit, name, `fattr4_${name}`]),
    ),
  },
  {
    within: structOf('threshold_item4'),
    field: 'thi_hintlist',
    by: byBits('thi_hintset', [
      [0, 'read_size', 'length4'],
      [1, 'write_size', 'length4'],
      [2, 'read_iosize', 'length4'],
      [3, 'write_iosize', 'length4'],
    ]),
  },
  {
    within: structOf('notify4'),
    field: 'notify_vals',
    by: byBits('notify_mask', [
      [0, 'change_child_attrs', 'notify_attr4'],
      [1, 'change_dir_attrs', 'notify_attr4'],
      [2, 'remove_entry', 'notify_remove4'],
      [3, 'add_entry', 'notify_add4'],
      [4, 'rename_entry', 'notify_rename4'],
      [5, 'change_cookie_verifier', 'notify_verifier4'],
    ]),
  },
  {
    within: structOf('notify_device4'),
    field: 'notify_vals',
    by: byBits('notify_mask', [
      [1, 'change', 'notify_deviceid_change4'],
      [2, 'delete', 'notify_deviceid_delete4'],
    ]),
  },
  {
    within: structOf('layout_content4'),
    field: 'loc_body',
    by: byLayoutType('loc_type', [
      [FILES, 'nfsv4_1_file_layout4'],
      [BLOCK, 'pnfs_block_layout4'],
      [FLEX_FILES, 'ff_layout4'],
      [SCSI, 'pnfs_scsi_layout4'],
    ]),
  },
  {
    within: structOf('layouthint4'),
    field: 'loh_body',
    by: byLayoutType('loh_type', [
      [FILES, 'nfsv4_1_file_layouthint4'],
      [FLEX_FILES, 'ff_layouthint4'],
    ]),
  },
  {
    within: structOf('device_addr4'),
    field: 'da_addr_body',
    by: byLayoutType('da_layout_type', [
      [FILES, 'nfsv4_1_file_layout_ds_addr4'],
      [BLOCK, 'pnfs_block_deviceaddr4'],
      [FLEX_FILES, 'ff_device_addr4'],
      [SCSI, 'pnfs_scsi_deviceaddr4'],
    ]),
  },
  // flexible files send an empty body in LAYOUTCOMMIT, and only in LAYOUTSTATS one that says something
  {
    within: structOf('LAYOUTCOMMIT4args'),
    field: 'loca_layoutupdate.lou_body',
    by: byLayoutType('loca_layoutupdate.lou_type', [
      [BLOCK, 'pnfs_block_layoutupdate4'],
      [SCSI, 'pnfs_scsi_layoutupdate4'],
    ]),
  },
  {
    within: structOf('LAYOUTSTATS4args'),
    field: 'lsa_layoutupdate.lou_body',
    by: byLayoutType('lsa_layoutupdate.lou_type', [[FLEX_FILES, 'ff_layoutupdate4']]),
  },
  {
    within: structOf('LAYOUTRETURN4args'),
    field: 'lora_layoutreturn.lr_layout.lrf_body',
    by: byLayoutType('lora_layout_type', [[FLEX_FILES, 'ff_layoutreturn4']]),
  },
];

const FILE: Detail = ['FH:', '', 'current'];
const KNOWN: Detail = ['FH:', '', 'known'];
const DIRECTORY: Detail = ['DH:', '', 'directory'];
const state = (path: string, label = 'StateID:'): Detail => [label, path, 'state'];
const range = (offset: string, length: string): readonly Detail[] => [
  ['Offset:', offset],
  ['Len:', length],
];
const lock: readonly Detail[] = [
  ['Offset:', 'offset'],
  ['Length:', 'length', 'length'],
];
const ACCESS: Detail = [', [Check:', 'access', { bits: ACCESS_BITS }];
/** a copy's source, and where it goes */
const copied = (prefix: string): readonly Detail[] => [
  state(`${prefix}_src_stateid`, 'Src StateID:'),
  ...range(`${prefix}_src_offset`, `${prefix}_count`),
  state(`${prefix}_dst_stateid`, 'Dst StateID:'),
  ['Offset:', `${prefix}_dst_offset`],
];

const openedNames = ['claim.file', 'claim.delegate_cur_info.file', 'claim.file_delegate_prev'] as const;

/** How the current and the saved file handle go from operation to operation (RFC 7530 section 16, 8881 section 18). */
const names: Readonly<Record<string, OperationNaming>> = {
  OP_CREATE: { name: ['objname'] },
  OP_GETATTR: { handle: 'resok4.obj_attributes.attr_vals.filehandle' },
  OP_GETFH: { handle: 'resok4.object' },
  OP_LOOKUP: { name: ['objname'] },
  OP_LOOKUPP: { becomes: 'parent' },
  OP_OPEN: { name: openedNames },
  OP_OPENATTR: { becomes: 'unknown' },
  OP_PUTFH: { argument: 'object' },
  OP_PUTPUBFH: { becomes: 'unknown' },
  OP_PUTROOTFH: { becomes: 'root' },
  OP_READDIR: {
    entries: { list: 'resok4.reply.entries', name: 'name', handle: 'attrs.attr_vals.filehandle' },
  },
  OP_REMOVE: { name: ['target'], removes: true },
  OP_RENAME: { name: ['oldname'], to: 'newname' },
  OP_RESTOREFH: { becomes: 'saved' },
  OP_SAVEFH: { saves: true },
  // what they ask about is used up
  OP_SECINFO: { becomes: 'unknown' },
  OP_SECINFO_NO_NAME: { becomes: 'unknown' },
};

/** Weights as tshark has them: what moves file handles about is shown only where there is nothing else. */
const compound: Compound = {
  calls: 'argarray',
  results: 'resarray',
  tag: 'tag',
  status: 'status',
  prefix: 'OP_',
  weights: {
    OP_ACCESS: 2,
    OP_NVERIFY: 2,
    OP_GETATTR: 3,
    OP_PUTPUBFH: 3,
    OP_PUTROOTFH: 3,
    OP_GETFH: 4,
    OP_PUTFH: 4,
    OP_RESTOREFH: 4,
    OP_SAVEFH: 4,
    OP_SEQUENCE: 4,
    OP_CB_SEQUENCE: 4,
  },
  details: {
    OP_ACCESS: [FILE, ACCESS],
    OP_CLOSE: [state('open_stateid')],
    OP_COMMIT: [FILE, ...range('offset', 'count')],
    OP_CREATE: [['', 'objname']],
    OP_DELEGRETURN: [state('deleg_stateid')],
    OP_GETATTR: [KNOWN],
    OP_LINK: [['', 'newname']],
    OP_LOCK: [FILE, ...lock],
    OP_LOCKT: lock,
    OP_LOCKU: [FILE, ...lock],
    OP_LOOKUP: [DIRECTORY, ['', 'objname']],
    OP_OPEN: [DIRECTORY, ...openedNames.map((path): Detail => ['', path])],
    OP_READ: [state('stateid'), ...range('offset', 'count')],
    OP_READDIR: [KNOWN],
    OP_REMOVE: [DIRECTORY, ['', 'target']],
    OP_RENAME: [
      ['From:', 'oldname'],
      ['To:', 'newname'],
    ],
    OP_RENEW: [['CID:', 'clientid', 'hex']],
    OP_SECINFO: [['', 'name']],
    OP_SETATTR: [FILE],
    OP_WRITE: [state('stateid'), ['Offset:', 'offset'], ['Len:', 'data', 'size']],
    OP_FREE_STATEID: [state('fsa_stateid')],
    OP_ALLOCATE: [state('aa_stateid'), ...range('aa_offset', 'aa_length')],
    OP_CLONE: copied('cl'),
    OP_COPY: copied('ca'),
    OP_COPY_NOTIFY: [state('cna_src_stateid')],
    OP_DEALLOCATE: [state('da_stateid'), ...range('da_offset', 'da_length')],
    OP_IO_ADVISE: [state('iaa_stateid'), ...range('iaa_offset', 'iaa_count')],
    OP_LAYOUTERROR: [state('lea_stateid'), ...range('lea_offset', 'lea_length')],
    OP_LAYOUTSTATS: [state('lsa_stateid'), ...range('lsa_offset', 'lsa_length')],
    OP_OFFLOAD_CANCEL: [state('oca_stateid')],
    OP_OFFLOAD_STATUS: [state('osa_stateid')],
    OP_READ_PLUS: [state('rpa_stateid'), ...range('rpa_offset', 'rpa_count')],
    OP_SEEK: [state('sa_stateid'), ['Offset:', 'sa_offset']],
    OP_GETXATTR: [['', 'gxa_name']],
    OP_SETXATTR: [['', 'sxa_key']],
    OP_REMOVEXATTR: [['', 'rxa_name']],
  },
  resultDetails: { OP_OPEN: [state('resok4.stateid')] },
  names,
};

export const declarations: Declarations = {
  procedures: { NFSPROC4_COMPOUND: { compound }, CB_COMPOUND: { compound } },
  // callbacks are shown with their whole names
  prefixes: ['NFSPROC4_', ''],
  refinements,
  fileHandle: { alias: 'nfs.fhandle', path: 'nfs.full_name' },
  aliases: {
    nfsstat4: 'nfs.nfsstat4',
    'nfs_argop4.argop': 'nfs.opcode',
    'nfs_resop4.resop': 'nfs.opcode',
    'nfs_cb_argop4.argop': 'nfs.cb.operation',
    'nfs_cb_resop4.resop': 'nfs.cb.operation',
    'COMPOUND4args.tag': 'nfs.tag',
    'COMPOUND4res.tag': 'nfs.tag',
    'CB_COMPOUND4args.tag': 'nfs.tag',
    'CB_COMPOUND4res.tag': 'nfs.tag',
    'COMPOUND4args.minorversion': 'nfs.minorversion',
    'CB_COMPOUND4args.minorversion': 'nfs.minorversion',
    'CB_COMPOUND4args.callback_ident': 'nfs.callback.ident',
    'SETCLIENTID4args.callback_ident': 'nfs.callback.ident',
    nfs_fh4: 'nfs.fhandle',
    component4: 'nfs.name',
    linktext4: 'nfs.symlink.linktext',
    offset4: 'nfs.offset4',
    length4: 'nfs.length4',
    count4: 'nfs.count4',
    nfs_cookie4: 'nfs.cookie4',
    changeid4: 'nfs.changeid4',
    'change_info4.atomic': 'nfs.change_info.atomic',
    'change_info4.before': 'nfs.changeid4.before',
    'change_info4.after': 'nfs.changeid4.after',
    clientid4: 'nfs.clientid',
    seqid4: 'nfs.seqid',
    sequenceid4: 'nfs.seqid',
    'stateid4.seqid': 'nfs.stateid.seqid',
    'stateid4.other': 'nfs.stateid.other',
    sessionid4: 'nfs.session_id4',
    deviceid4: 'nfs.deviceid',
    'nfs_client_id4.id': 'nfs.nfs_client_id4.id',
    'netaddr4.na_r_netid': 'nfs.r_netid',
    'netaddr4.na_r_addr': 'nfs.r_addr',
    'SEQUENCE4args.sa_slotid': 'nfs.slotid',
    'SEQUENCE4args.sa_highest_slotid': 'nfs.high_slotid',
    'SEQUENCE4args.sa_cachethis': 'nfs.cachethis4',
    'SEQUENCE4resok.sr_slotid': 'nfs.slotid',
    'SEQUENCE4resok.sr_highest_slotid': 'nfs.high_slotid',
    'SEQUENCE4resok.sr_target_highest_slotid': 'nfs.target_high_slotid',
    'SEQUENCE4resok.sr_status_flags': 'nfs.sequence.flags',
    'OPEN4args.share_access': 'nfs.open4.share_access',
    'OPEN4args.share_deny': 'nfs.open4.share_deny',
    'OPEN4resok.rflags': 'nfs.open_rflags',
    opentype4: 'nfs.open.opentype',
    open_claim_type4: 'nfs.open.claim_type',
    open_delegation_type4: 'nfs.open.delegation_type',
    stable_how4: 'nfs.stable_how4',
    nfs_lock_type4: 'nfs.locktype4',
    layouttype4: 'nfs.layouttype',
    layoutiomode4: 'nfs.iomode',
    nfs_ftype4: 'nfs.nfs_ftype4',
    'READ4resok.eof': 'nfs.read.eof',
    'READ4resok.data': 'nfs.data',
    'WRITE4args.data': 'nfs.data',
    'dirlist4.eof': 'nfs.dirlist4.eof',
    'READDIR4args.dircount': 'nfs.dircount',
    'READDIR4args.maxcount': 'nfs.maxcount',
    bitmap4: 'nfs.attr_mask',
    'nfsace4.who': 'nfs.who',
    'nfsace4.type': 'nfs.acetype4',
    'nfsace4.flag': 'nfs.aceflags4',
    'nfsace4.access_mask': 'nfs.acemask4',
    'fsid4.major': 'nfs.fsid4.major',
    'fsid4.minor': 'nfs.fsid4.minor',
    fattr4_type: 'nfs.nfs_ftype4',
    fattr4_size: 'nfs.fattr4.size',
    fattr4_fileid: 'nfs.fattr4.fileid',
    fattr4_mounted_on_fileid: 'nfs.fattr4.mounted_on_fileid',
    fattr4_filehandle: 'nfs.fhandle',
    fattr4_rdattr_error: 'nfs.nfsstat4',
    fattr4_change: 'nfs.changeid4',
    fattr4_mode: 'nfs.mode',
    fattr4_numlinks: 'nfs.fattr4.numlinks',
    fattr4_owner: 'nfs.fattr4_owner',
    fattr4_owner_group: 'nfs.fattr4_owner_group',
    fattr4_lease_time: 'nfs.fattr4.lease_time',
    fattr4_files_avail: 'nfs.fattr4.files_avail',
    fattr4_files_free: 'nfs.fattr4.files_free',
    fattr4_files_total: 'nfs.fattr4.files_total',
    fattr4_maxfilesize: 'nfs.fattr4.maxfilesize',
    fattr4_maxlink: 'nfs.fattr4.maxlink',
    fattr4_maxname: 'nfs.fattr4.maxname',
    fattr4_maxread: 'nfs.fattr4.maxread',
    fattr4_maxwrite: 'nfs.fattr4.maxwrite',
    fattr4_space_avail: 'nfs.fattr4.space_avail',
    fattr4_space_free: 'nfs.fattr4.space_free',
    fattr4_space_total: 'nfs.fattr4.space_total',
    fattr4_space_used: 'nfs.fattr4.space_used',
    xattrkey4: 'nfs.xattr.key',
    setxattr_option4: 'nfs.setxattr.options',
  },
};
