/**
 * RPCSEC_GSS contexts: in which frames they were made and ended (tshark's rpc.authgss.context.created_frame and
 * .destroyed_frame), and by which mechanism. One table for the capture, as tshark has it, bounded: the oldest entry
 * goes. `note` is called once per message, in order; never throws.
 */
import { GssProcedure, GssService, gssMechanism, locateGssBody, newGssBody } from '../../codec/rpc/index.ts';
import type { Pdu } from '../session/pdu.ts';
import { Flavor } from './walk-auth.ts';

/** tshark tracks no longer ones */
const MAX_CONTEXT_BYTES = 16;

interface Context {
  created: number;
  destroyed: number;
  /** `krb5`; null where its first token was not seen, or is of a mechanism without a name here */
  mechanism: string | null;
}

const UNKNOWN: Context = { created: 0, destroyed: 0, mechanism: null };

export class GssContexts {
  readonly #limit: number;
  readonly #table = new Map<string, Context>();
  /** mechanisms of the calls that begin or widen a context, by the call's ordinal, until their reply */
  readonly #starting = new Map<number, string>();
  readonly #body = newGssBody();

  constructor(limit = 16_384) {
    this.#limit = limit;
  }

  /** What is known so far of a context, given in hex. */
  at(context: string): Readonly<Context> {
    return this.#table.get(context) ?? UNKNOWN;
  }

  /** The mechanism behind a call, or behind the call of a reply to it; null when it is not known. */
  mechanismOf(pdu: Pdu): string | null {
    const call = pdu.call;
    if (call === null || call.flavor !== Flavor.GSS || pdu.msgtyp !== 0) return null;
    const context = contextOfCall(pdu);
    if (context !== null) return this.at(context).mechanism;
    return this.#starting.get(call.ordinal) ?? null;
  }

  note(pdu: Pdu, frame: number): void {
    const call = pdu.call;
    if (pdu.kind !== 'message' || call === null || call.flavor !== Flavor.GSS) return;
    const { gssProcedure } = call;
    if (gssProcedure === GssProcedure.DATA) return;
    if (pdu.msgtyp === 0) this.#noteCall(pdu, call.ordinal, gssProcedure, frame);
    else this.#noteReply(pdu, call.ordinal, gssProcedure, call.gssService, frame);
  }

  #noteCall(pdu: Pdu, ordinal: number, procedure: number, frame: number): void {
    const context = contextOfCall(pdu);
    const known = context === null ? undefined : this.#table.get(context);
    if (procedure === GssProcedure.DESTROY) {
      if (known !== undefined) known.destroyed = frame;
      return;
    }
    const mechanism = known?.mechanism ?? (procedure === GssProcedure.INIT ? mechanismOfInit(pdu) : null);
    if (mechanism === null) return;
    this.#starting.set(ordinal, mechanism);
    if (this.#starting.size > this.#limit) this.#starting.clear();
  }

  #noteReply(pdu: Pdu, ordinal: number, procedure: number, service: number, frame: number): void {
    const mechanism = this.#starting.get(ordinal) ?? null;
    this.#starting.delete(ordinal);
    const body = resultOffset(pdu);
    if (body < 0) return;
    const end = pdu.off + pdu.len;
    let context: string | null = null;
    if (procedure === GssProcedure.INIT || procedure === GssProcedure.CONTINUE_INIT)
      context = hexAt(pdu, body, end);
    else if (procedure === GssProcedure.CREATE && service !== GssService.PRIVACY) {
      const { argsOff, argsEnd } = locateGssBody(pdu.view, body, end, service, this.#body);
      if (argsOff >= 0) context = hexAt(pdu, argsOff, argsEnd);
    }
    if (context !== null) this.#set(context, { created: frame, destroyed: 0, mechanism });
  }

  #set(context: string, value: Context): void {
    this.#table.delete(context);
    this.#table.set(context, value);
    if (this.#table.size <= this.#limit) return;
    // an eighth at a time: a Map that loses its first entry again and again is slow to walk
    for (const oldest of this.#table.keys()) {
      this.#table.delete(oldest);
      if (this.#table.size <= this.#limit - this.#limit / 8) return;
    }
  }
}

/** Call: xid, type, version, program, version, procedure, flavor, length, then version, procedure, seq, service. */
const CREDENTIAL = 24;

function contextOfCall(pdu: Pdu): string | null {
  return hexAt(pdu, pdu.off + CREDENTIAL + 24, pdu.off + pdu.len);
}

/** The token of an INIT call stands behind credential and verifier. */
function mechanismOfInit(pdu: Pdu): string | null {
  const end = pdu.off + pdu.len;
  const verifier = behindAuth(pdu, pdu.off + CREDENTIAL, end);
  const args = verifier < 0 ? -1 : behindAuth(pdu, verifier, end);
  if (args < 0 || end - args < 4) return null;
  return gssMechanism(pdu.buf, args + 4, Math.min(end, args + 4 + pdu.view.getUint32(args)));
}

/** Where the results of a successful reply begin, -1 for any other: xid, type, state, verifier, accept state. */
function resultOffset(pdu: Pdu): number {
  const end = pdu.off + pdu.len;
  if (end - pdu.off < 12 || pdu.view.getUint32(pdu.off + 8) !== 0) return -1;
  const accept = behindAuth(pdu, pdu.off + 12, end);
  if (accept < 0 || end - accept < 4 || pdu.view.getUint32(accept) !== 0) return -1;
  return accept + 4;
}

/** Where the credential or verifier at `off` ends, -1 when it does not before `end`. */
function behindAuth(pdu: Pdu, off: number, end: number): number {
  if (end - off < 8) return -1;
  const length = pdu.view.getUint32(off + 4);
  return length > end - off - 8 ? -1 : off + 8 + ((length + 3) & ~3);
}

function hexAt(pdu: Pdu, off: number, end: number): string | null {
  if (off + 4 > end) return null;
  const length = pdu.view.getUint32(off);
  if (length === 0 || length > MAX_CONTEXT_BYTES || off + 4 + length > end) return null;
  return pdu.buf.toString('hex', off + 4, off + 4 + length);
}
