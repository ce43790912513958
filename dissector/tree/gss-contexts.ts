/**
 * In which frames RPCSEC_GSS contexts were made and ended (tshark's rpc.authgss.context.created_frame and
 * .destroyed_frame). One table for the capture, as tshark has it, bounded: the oldest entry goes. `note` is called
 * once per message, in order; never throws.
 */
import type { Pdu } from '../session/pdu.ts';
import { Flavor } from './walk-auth.ts';

const GSS_INIT = 1;
const GSS_CONTINUE = 2;
const GSS_DESTROY = 3;
/** tshark tracks no longer ones */
const MAX_CONTEXT_BYTES = 16;

interface Context {
  created: number;
  destroyed: number;
}

const UNKNOWN: Context = { created: 0, destroyed: 0 };

export class GssContexts {
  readonly #limit: number;
  readonly #table = new Map<string, Context>();

  constructor(limit = 16_384) {
    this.#limit = limit;
  }

  /** What is known so far of a context, given in hex. */
  at(context: string): Readonly<Context> {
    return this.#table.get(context) ?? UNKNOWN;
  }

  note(pdu: Pdu, frame: number): void {
    const call = pdu.call;
    if (pdu.kind !== 'message' || call === null || call.flavor !== Flavor.GSS) return;
    if (pdu.msgtyp === 1 && (call.gssProcedure === GSS_INIT || call.gssProcedure === GSS_CONTINUE)) {
      const context = contextOfReply(pdu);
      if (context !== null) this.#set(context, { created: frame, destroyed: 0 });
    } else if (pdu.msgtyp === 0 && call.gssProcedure === GSS_DESTROY) {
      const context = contextOfCall(pdu);
      const known = context === null ? undefined : this.#table.get(context);
      if (known !== undefined) known.destroyed = frame;
    }
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
function contextOfCall(pdu: Pdu): string | null {
  return hexAt(pdu, pdu.off + 48);
}

/** Reply: xid, type, state, verifier, accept state, then the context. */
function contextOfReply(pdu: Pdu): string | null {
  const end = pdu.off + pdu.len;
  const verifier = pdu.off + 12;
  if (verifier + 8 > end || pdu.view.getUint32(pdu.off + 8) !== 0) return null;
  const length = pdu.view.getUint32(verifier + 4);
  if (length > end - verifier - 8) return null;
  const accept = verifier + 8 + ((length + 3) & ~3);
  if (accept + 4 > end || pdu.view.getUint32(accept) !== 0) return null;
  return hexAt(pdu, accept + 4);
}

function hexAt(pdu: Pdu, off: number): string | null {
  const end = pdu.off + pdu.len;
  if (off + 4 > end) return null;
  const length = pdu.view.getUint32(off);
  if (length === 0 || length > MAX_CONTEXT_BYTES || off + 4 + length > end) return null;
  return pdu.buf.toString('hex', off + 4, off + 4 + length);
}
