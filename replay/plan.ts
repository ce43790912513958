/**
 * From a recorded session to what will be done with it: which calls can be sent, the bytes of each, and what each
 * waits for. Pure. A call that RPCSEC_GSS or AUTH_DES sealed cannot be sent again, unless another credential takes
 * its place and its arguments stand in the clear.
 */
import { AuthFlavor, encodeCall, type OpaqueAuth } from '../codec/rpc/index.ts';
import { clearArguments, isSealing } from './bodies.ts';
import type { RecordedCall, RecordedSession } from './recorded-session.ts';
import type { ScheduledCall } from './schedule.ts';

/**
 * Why a call is not sent. gss (Kerberos of old too), des: sealed by it. cut: not all of its bytes were captured. handshake: the AUTH_TLS
 * probe, which the transport makes itself. untargeted: no target was named for its program.
 */
export type Unsent = 'gss' | 'des' | 'cut' | 'handshake' | 'untargeted';

export interface PlannedCall {
  readonly call: RecordedCall;
  /** the recorded bytes where nothing takes their place; the xid in them is overwritten when they are sent */
  readonly message: Uint8Array;
  /** where its arguments begin; -1: sent byte for byte, xid and all */
  readonly bodyOff: number;
  /** the recorded one */
  readonly reply: Uint8Array | null;
  readonly recordedNs: number | null;
  /** number of its reply among the arrivals, -1: none was recorded */
  readonly arrival: number;
  readonly unsent: Unsent | null;
}

export interface Plan {
  readonly calls: readonly PlannedCall[];
  readonly schedule: readonly ScheduledCall[];
  /** for each recorded call of a server, its number among the arrivals */
  readonly callbacks: readonly { readonly call: RecordedCall; readonly arrival: number }[];
  readonly arrivals: number;
}

export interface PlanOptions {
  /** takes the place of every recorded credential; default: they are kept */
  readonly credential?: OpaqueAuth;
  readonly hasTarget?: (call: RecordedCall) => boolean;
}

export function planOf(session: RecordedSession, options: PlanOptions = {}): Plan {
  const order = arrivalsOf(session);
  const calls: PlannedCall[] = [];
  const schedule: ScheduledCall[] = [];
  let seen = 0;
  for (const call of session.calls) {
    while (seen < order.length && order[seen]! < call.position) seen++;
    const { reply } = call;
    const { message, bodyOff, unsent } = messageOf(call, options);
    calls.push({
      call,
      message,
      bodyOff,
      unsent,
      arrival: reply === null ? -1 : placeIn(order, reply.position),
      reply: reply === null ? null : reply.bytes,
      recordedNs: reply === null ? null : Math.max(0, reply.atNs - call.atNs),
    });
    schedule.push({ atNs: call.atNs, after: seen });
  }
  const callbacks = session.callbacks.map((call) => ({ call, arrival: placeIn(order, call.position) }));
  return { calls, schedule, callbacks, arrivals: order.length };
}

/** Positions of what clients saw, ascending: replies, and calls of their servers. */
function arrivalsOf({ calls, callbacks }: RecordedSession): Float64Array {
  const positions = new Float64Array(calls.length + callbacks.length);
  let count = 0;
  for (const { reply } of calls) if (reply !== null) positions[count++] = reply.position;
  for (const { position } of callbacks) positions[count++] = position;
  return positions.subarray(0, count).sort();
}

/** Where a position stands in `order`, which has it. */
function placeIn(order: Float64Array, position: number): number {
  let [low, high] = [0, order.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order[middle]! < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

type PlannedMessage = Pick<PlannedCall, 'message' | 'bodyOff' | 'unsent'>;

function messageOf(call: RecordedCall, { credential, hasTarget }: PlanOptions): PlannedMessage {
  if (call.isCut) return kept(call, 'cut');
  if (hasTarget?.(call) === false) return kept(call, 'untargeted');
  if (!call.hasHeader) return kept(call, null);
  if (call.flavor === AuthFlavor.TLS) return kept(call, 'handshake');
  if (credential === undefined) {
    if (!isSealing(call.flavor)) return kept(call, null);
    return kept(call, call.flavor === AuthFlavor.DES ? 'des' : 'gss');
  }
  const range = clearArguments(call);
  if (range === 'control') return kept(call, 'handshake');
  if (range === 'sealed') return kept(call, 'gss');
  const { xid, program, version, procedure } = call;
  const args = call.bytes.subarray(range.off, range.end);
  const message = encodeCall({ xid, program, version, procedure, credential }, args);
  return { message, bodyOff: message.length - args.length, unsent: null };
}

function kept({ bytes, hasHeader, bodyOff }: RecordedCall, unsent: Unsent | null): PlannedMessage {
  return { message: bytes, bodyOff: hasHeader ? bodyOff : -1, unsent };
}
