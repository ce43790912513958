/**
 * The fields of the RPC layer and of what stands behind it, with the names of their values, as tshark 4.0.17 has them
 * (WIRESHARK.md section 1.1). walk-rpc.ts announces them.
 */
import type { FieldDef } from './field.ts';
import { YES_NO } from './network-names.ts';
import type { Define } from './registry.ts';
import { authFields } from './walk-auth.ts';
import { type ExpertFields, expertFields } from './walk-expert.ts';

const MESSAGE_TYPES = new Map([
  [0, 'Call'],
  [1, 'Reply'],
]);
const REPLY_STATES = new Map([
  [0, 'accepted'],
  [1, 'denied'],
]);
const ACCEPT_STATES = new Map([
  [0, 'RPC executed successfully'],
  [1, "remote hasn't exported program"],
  [2, "remote can't support version #"],
  [3, "program can't support procedure"],
  [4, "procedure can't decode params"],
  [5, 'system errors like memory allocation failure'],
]);
const REJECT_STATES = new Map([
  [0, 'RPC_MISMATCH'],
  [1, 'AUTH_ERROR'],
]);
const AUTH_STATES = new Map([
  [1, 'bad credential (seal broken)'],
  [2, 'client must begin new session'],
  [3, 'bad verifier (seal broken)'],
  [4, 'verifier expired or replayed'],
  [5, 'rejected for security reasons'],
  [13, 'GSS credential problem'],
  [14, 'GSS context problem'],
]);
export const GSSAPI_PROCEDURES = new Map([
  [1, 'AUTH_GSSAPI_INIT'],
  [2, 'AUTH_GSSAPI_CONTINUE_INIT'],
  [3, 'AUTH_GSSAPI_MSG'],
  [4, 'AUTH_GSSAPI_DESTROY'],
]);

export type RpcFields = ReturnType<typeof rpcFields>;

export function rpcFields(define: Define) {
  const u32 = (name: string, label: string, strings?: ReadonlyMap<number, string>): FieldDef =>
    define(name, label, 'uint32', strings === undefined ? {} : { strings });
  const flag = (name: string, label: string): FieldDef => define(name, label, 'boolean');
  return {
    proto: define('rpc', 'Remote Procedure Call', 'protocol'),
    auth: authFields(define),
    reqframe: define('rpc.reqframe', 'Request Frame', 'framenum'),
    repframe: define('rpc.repframe', 'Reply Frame', 'framenum'),
    lastfrag: define('rpc.lastfrag', 'Last Fragment', 'boolean', {
      mask: 0x80000000,
      bits: 32,
      strings: YES_NO,
    }),
    fraglen: define('rpc.fraglen', 'Fragment Length', 'uint32', { mask: 0x7fffffff }),
    xid: define('rpc.xid', 'XID', 'uint32', { base: 'hex_dec' }),
    msgtyp: u32('rpc.msgtyp', 'Message Type', MESSAGE_TYPES),
    version: u32('rpc.version', 'RPC Version'),
    versionMin: u32('rpc.version.min', 'RPC Version (Minimum)'),
    versionMax: u32('rpc.version.max', 'RPC Version (Maximum)'),
    program: u32('rpc.program', 'Program'),
    programversion: u32('rpc.programversion', 'Program Version'),
    programversionMin: u32('rpc.programversion.min', 'Program Version (Minimum)'),
    programversionMax: u32('rpc.programversion.max', 'Program Version (Maximum)'),
    procedure: u32('rpc.procedure', 'Procedure'),
    replystat: u32('rpc.replystat', 'Reply State', REPLY_STATES),
    stateAccept: u32('rpc.state_accept', 'Accept State', ACCEPT_STATES),
    stateReject: u32('rpc.state_reject', 'Reject State', REJECT_STATES),
    stateAuth: u32('rpc.state_auth', 'Auth State', AUTH_STATES),
    time: define('rpc.time', 'Time from request', 'reltime'),
    dup: define('rpc.dup', 'Duplicate Call/Reply', 'none'),
    callDup: define('rpc.call.dup', 'Duplicate to the call in', 'framenum'),
    replyDup: define('rpc.reply.dup', 'Duplicate to the reply in', 'framenum'),
    continuationData: define('rpc.continuation_data', 'Continuation data', 'bytes'),
    fragmentData: define('rpc.fragment_data', 'Fragment Data', 'bytes'),
    fragments: define('rpc.fragments', 'RPC Fragments', 'none'),
    fragment: define('rpc.fragment', 'RPC Fragment', 'framenum'),
    fragmentCount: u32('rpc.fragment.count', 'Fragment count'),
    reassembledLength: u32('rpc.reassembled.length', 'Reassembled RPC length'),
    fragmentOverlap: flag('rpc.fragment.overlap', 'Fragment overlap'),
    fragmentConflict: flag('rpc.fragment.overlap.conflict', 'Conflicting data in fragment overlap'),
    fragmentTails: flag('rpc.fragment.multipletails', 'Multiple tail fragments found'),
    fragmentTooLong: flag('rpc.fragment.toolongfragment', 'Fragment too long'),
    fragmentError: define('rpc.fragment.error', 'Defragmentation error', 'framenum'),
    valueFollows: define('rpc.value_follows', 'Value Follows', 'boolean', { strings: YES_NO }),
    arrayLen: u32('rpc.array.len', 'num'),
    arrayNoValues: define('rpc.array_no_values', 'no values', 'none'),
    argumentLength: u32('rpc.argument_length', 'Argument length'),
    unknownBody: define('rpc.unknown_body', 'Unknown RPC call/reply body', 'none'),
    cannotDissect: define('rpc.cannot_dissect', 'Cannot dissect', 'none'),
    segmentNeeded: define(
      'rpc.segment_needed',
      'Need another TCP segment but cannot desegment or not enabled (check RPC and TCP preferences)',
      'none',
    ),
  };
}

/** Fields that stand behind the RPC layer's own. */
export interface TailFields {
  readonly malformed: FieldDef;
  readonly malformedItem: FieldDef;
  readonly expert: ExpertFields;
  /** of bytes that are no message */
  readonly unknown: FieldDef;
  readonly short: FieldDef;
  readonly data: FieldDef;
  readonly dataData: FieldDef;
  readonly dataLen: FieldDef;
}

/** What a message may end in, whatever its program. */
export function tailDefs(t: TailFields): readonly FieldDef[] {
  return [t.malformed, t.short, t.data, t.malformedItem, ...Object.values(t.expert)];
}

export function tailFields(definer: (protocol: string) => Define): TailFields {
  const ws = definer('_ws.malformed');
  const data = definer('data');
  return {
    malformed: ws('_ws.malformed', 'Malformed Packet', 'protocol'),
    malformedItem: ws('_ws.malformed.expert', 'Malformed Packet (Exception occurred)', 'none'),
    expert: expertFields(definer('_ws.expert')),
    unknown: definer('rpc')('rpc.cannot_dissect', 'Cannot dissect', 'none'),
    short: definer('_ws.short')('_ws.short', 'Packet size limited during capture', 'protocol'),
    data: data('data', 'Data', 'protocol'),
    dataData: data('data.data', 'Data', 'bytes'),
    dataLen: data('data.len', 'Length', 'int32'),
  };
}
