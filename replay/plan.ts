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
  /** with the recorded xid */
  readonly message: Uint8Array;
  /** where its arguments begin; -1: sent byte for byte, xid and all */
  readonly bodyOff: number;
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
  const arrivals = arrivalsOf(session);
  const numbers = new Map(arrivals.map((arrival, i) => [arrival, i]));
  const calls: PlannedCall[] = [];
  const schedule: ScheduledCall[] = [];
  let seen = 0;
  for (const call of session.calls) {
    while (seen < arrivals.length && arrivals[seen]!.position < call.position) seen++;
    const arrival = call.reply === null ? -1 : numbers.get(call.reply)!;
    calls.push({ call, arrival, ...messageOf(call, options) });
    schedule.push({ atNs: call.atNs, after: seen });
  }
  const callbacks = session.callbacks.map((call) => ({ call, arrival: numbers.get(call)! }));
  return { calls, schedule, callbacks, arrivals: arrivals.length };
}

/** What clients saw, in order: replies, and calls of their servers. */
function arrivalsOf({ calls, callbacks }: RecordedSession) {
  const replies = calls.flatMap(({ reply }) => (reply === null ? [] : [reply]));
  return [...replies, ...callbacks].sort((a, b) => a.position - b.position);
}

function messageOf(
  call: RecordedCall,
  { credential, hasTarget }: PlanOptions,
): Pick<PlannedCall, 'message' | 'bodyOff' | 'unsent'> {
  const kept = { message: call.bytes, bodyOff: call.hasHeader ? call.bodyOff : -1 };
  const unsent = (why: Unsent) => ({ ...kept, unsent: why });
  if (call.isCut) return unsent('cut');
  if (hasTarget?.(call) === false) return unsent('untargeted');
  if (!call.hasHeader) return { ...kept, unsent: null };
  if (call.flavor === AuthFlavor.TLS) return unsent('handshake');
  if (credential === undefined) {
    if (!isSealing(call.flavor)) return { ...kept, unsent: null };
    return unsent(call.flavor === AuthFlavor.DES ? 'des' : 'gss');
  }
  const range = clearArguments(call);
  if (range === 'control') return unsent('handshake');
  if (range === 'sealed') return unsent('gss');
  const { xid, program, version, procedure } = call;
  const args = call.bytes.subarray(range.off, range.end);
  const message = encodeCall({ xid, program, version, procedure, credential }, args);
  return { message, bodyOff: message.length - args.length, unsent: null };
}
