/**
 * The fast way through an RPC message for a sink that keeps only numbers which the session layer has read already,
 * as `-e rpc.xid` and `rpc.time > 0.1` do. What it announces of them is what walk-rpc.ts announces, the reference it
 * is tested against. Never throws.
 */
import type { Pdu } from '../session/pdu.ts';
import { type FieldDef, GENERATED, type Sink } from './field.ts';
import type { RpcFields } from './rpc-fields.ts';
import { startOf } from './walk-rpc.ts';

const CALL = 0;

/** Where the words of a message's head stand, behind its xid and message type. */
const STATE_OR_VERSION = 8;
const PROGRAM = 12;
const PROCEDURE = 20;

export class RpcNumbers {
  readonly #f: RpcFields;
  readonly #xid: boolean;
  readonly #msgtyp: boolean;
  readonly #more: boolean;

  /** For a sink that `suits`. */
  constructor(fields: RpcFields, sink: Sink) {
    const f = fields;
    this.#f = f;
    this.#xid = sink.wants(f.xid);
    this.#msgtyp = sink.wants(f.msgtyp);
    this.#more = others(f).some((def) => sink.wants(def));
  }

  /** Whether the sink keeps nothing of RPC but what stands in a Pdu. */
  static suits(f: RpcFields, sink: Sink): boolean {
    if (sink.wantsText) return false;
    const known = [f.xid, f.msgtyp, ...others(f)];
    return sink.fields?.every((def) => def.protocol !== 'rpc' || known.includes(def)) ?? false;
  }

  walk(pdu: Pdu, packetBuf: Buffer, sink: Sink): void {
    if (pdu.kind !== 'message') return;
    sink.source(pdu.buf, null);
    if (this.#xid) sink.field(this.#f.xid, pdu.xid, pdu.off, 4);
    if (this.#msgtyp) sink.field(this.#f.msgtyp, pdu.msgtyp, pdu.off + 4, 4);
    if (this.#more) {
      if (pdu.msgtyp === CALL) this.#call(pdu, sink);
      else this.#reply(pdu, sink);
    }
    sink.source(packetBuf, null);
  }

  #call(pdu: Pdu, sink: Sink): void {
    const f = this.#f;
    const { off, len, view } = pdu;
    if (len < STATE_OR_VERSION + 4) return;
    sink.field(f.version, view.getUint32(off + STATE_OR_VERSION), off + STATE_OR_VERSION, 4);
    if (len < PROGRAM + 4) return;
    sink.field(f.program, pdu.program, off + PROGRAM, 4);
    // nothing after a read past the end is trusted
    if (len < PROCEDURE + 4) return;
    if (pdu.dupOf > 0) {
      sink.field(f.dup, null, startOf(pdu), 0);
      sink.field(f.callDup, pdu.dupOf, startOf(pdu), 0);
    }
    if (pdu.replyFrame > 0) sink.field(f.reqframe, pdu.replyFrame, startOf(pdu), 0, GENERATED);
  }

  #reply(pdu: Pdu, sink: Sink): void {
    const f = this.#f;
    const { off, len, view } = pdu;
    if (pdu.program >= 0) sink.field(f.program, pdu.program, startOf(pdu), 0, GENERATED);
    if (len < STATE_OR_VERSION + 4) return;
    sink.field(f.replystat, view.getUint32(off + STATE_OR_VERSION), off + STATE_OR_VERSION, 4);
    if (pdu.callFrame > 0) {
      sink.field(f.repframe, pdu.callFrame, startOf(pdu), 0, GENERATED);
      sink.field(f.time, pdu.timeNs, off + STATE_OR_VERSION + 4, 0, GENERATED);
    }
    if (pdu.dupOf > 0) {
      sink.field(f.dup, null, startOf(pdu), 0, GENERATED);
      sink.field(f.replyDup, pdu.dupOf, startOf(pdu), 0, GENERATED);
    }
  }
}

/** Beside xid and message type; version and procedure of a program are not here, its heading repeats them. */
function others(f: RpcFields): readonly FieldDef[] {
  return [f.version, f.program, f.replystat, f.reqframe, f.repframe, f.time, f.dup, f.callDup, f.replyDup];
}
