/**
 * The PDUs of one frame: an array of pooled objects and a count. Valid until the next `clear`.
 */
import type { TlsRecord } from '../tls/record.ts';
import type { Pdu } from './pdu.ts';

const NO_BYTES = Buffer.alloc(0);
const NO_VIEW = new DataView(NO_BYTES.buffer, NO_BYTES.byteOffset, 0);

/** pdus[0 .. count) are valid. */
export interface PduList {
  readonly pdus: readonly Pdu[];
  readonly count: number;
  /** the frame's TCP payload, or the last of it, belongs to a message that later frames complete */
  readonly partial: boolean;
  /** the TLS records that end in the frame; the PDUs marked `decrypted` were inside them */
  readonly tls: readonly TlsRecord[];
}

/** The list that a session fills. */
export class PduPool implements PduList {
  readonly pdus: Pdu[] = [];
  count = 0;
  partial = false;
  tls: TlsRecord[] = [];

  clear(): void {
    this.count = 0;
    this.partial = false;
    if (this.tls.length > 0) this.tls = [];
  }

  /** What pointed into `from` points into `to`, which has the same bytes at the same offsets. */
  moveBytes(from: Buffer, to: Buffer, view: DataView): void {
    for (let i = 0; i < this.count; i++) {
      const pdu = this.pdus[i]!;
      if (pdu.buf !== from) continue;
      pdu.buf = to;
      pdu.view = view;
    }
    if (this.tls.length === 0) return;
    this.tls = this.tls.map((record) => {
      const { plain } = record;
      const within = plain !== null && plain.buffer === from.buffer;
      const at = within ? plain.byteOffset - from.byteOffset : 0;
      return {
        ...record,
        buf: record.buf === from ? to : record.buf,
        plain: within ? to.subarray(at, at + plain.length) : plain,
      };
    });
  }

  /** Appends a PDU over buf[off, off + len): a continuation of no conversation until the caller says more. */
  add(buf: Buffer, view: DataView, off: number, len: number, inFrame: boolean): Pdu {
    let pdu = this.pdus[this.count];
    if (pdu === undefined) {
      pdu = blank();
      this.pdus.push(pdu);
    }
    this.count++;
    pdu.kind = 'continuation';
    pdu.flow = null;
    pdu.dir = 0;
    pdu.buf = buf;
    pdu.view = view;
    pdu.off = off;
    pdu.len = len;
    pdu.wireLen = len;
    pdu.inFrame = inFrame;
    pdu.decrypted = false;
    pdu.markOff = -1;
    pdu.hasMark = false;
    pdu.fragLen = 0;
    pdu.lastFrag = false;
    pdu.fragmentCount = 1;
    pdu.fragmentFrames = null;
    pdu.xid = 0;
    pdu.msgtyp = 0;
    pdu.rpcvers = -1;
    pdu.program = -1;
    pdu.version = -1;
    pdu.procedure = -1;
    pdu.call = null;
    pdu.callFrame = 0;
    pdu.replyFrame = 0;
    pdu.timeNs = -1;
    pdu.dupOf = 0;
    if (pdu.notes.length > 0) pdu.notes = [];
    return pdu;
  }
}

function blank(): Pdu {
  return {
    kind: 'continuation',
    flow: null,
    dir: 0,
    buf: NO_BYTES,
    view: NO_VIEW,
    off: 0,
    len: 0,
    wireLen: 0,
    inFrame: false,
    decrypted: false,
    markOff: -1,
    hasMark: false,
    fragLen: 0,
    lastFrag: false,
    fragmentCount: 1,
    fragmentFrames: null,
    xid: 0,
    msgtyp: 0,
    rpcvers: -1,
    program: -1,
    version: -1,
    procedure: -1,
    call: null,
    callFrame: 0,
    replyFrame: 0,
    timeNs: -1,
    dupOf: 0,
    notes: [],
  };
}
