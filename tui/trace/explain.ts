/**
 * Explains any packet of a Trace again, alone: decodes its bytes and those of the few earlier packets that its
 * conversation's numbers depend on, and puts back the messages that the session layer found in it. What is given is
 * what the inspection gave when it came by, and what became known since: a call tells of its reply. Nothing is thrown
 * for any bytes; what the stores throw comes through.
 */
import { newHeader, parseHeader } from '../../codec/rpc/index.ts';
import type { Packet } from '../../dissector/capture/packet.ts';
import type { Frame } from '../../dissector/network/frame.ts';
import { NetworkDecoder } from '../../dissector/network/index.ts';
import type { CallRecord } from '../../dissector/session/pdu.ts';
import { type PduList, PduPool } from '../../dissector/session/pdu-list.ts';
import type { PacketWalker } from '../../dissector/tree/packet-walker.ts';
import { CachedStore } from './pages.ts';
import type { ByteStore } from './scratch.ts';
import { restoreTls } from './tls-records.ts';
import {
  ACKNOWLEDGES,
  BACKWARDS,
  DECRYPTED,
  FROM_B,
  HAS_EXTRA,
  HAS_FLOW,
  HAS_MARK,
  IN_FRAME,
  KIND_MASK,
  KINDS,
  LAST_FRAGMENT,
  PARTIAL,
  REPLY,
  type Trace,
} from './trace.ts';

/** How far back the other side's last acknowledgment is looked for. */
const MAX_LOOK_BACK = 256;

const RPCSEC_GSS = 6;

/** What is read of a packet that is only asked for its headers. */
const HEADERS = 512;

const NOTHING = new PduPool();

/** A packet and its messages, valid until the next one is asked for. */
export interface Explained {
  readonly frame: Frame;
  readonly pdus: PduList;
}

export class Explainer {
  readonly #trace: Trace;
  readonly #bytes: ByteStore;
  readonly #scratch: ByteStore;
  readonly #walker: PacketWalker;
  readonly #pool = new PduPool();
  readonly #header = newHeader();

  /** `bytes`: where the packets stand. */
  constructor(trace: Trace, bytes: ByteStore, walker: PacketWalker) {
    this.#trace = trace;
    this.#bytes = new CachedStore(bytes);
    this.#scratch = new CachedStore(trace.scratch, 16);
    this.#walker = walker;
  }

  /**
   * The packet, after `walker.begin`: it can be walked and summed up. `displayed`: the row shown before it, -1 none.
   */
  explain(row: number, displayed = row - 1): Explained {
    // the first packet has none before it: the clock is set to its own time
    if (row === 0) this.#walker.begin(new NetworkDecoder().decode(this.packet(0, HEADERS)), NOTHING);
    const decoder = new NetworkDecoder();
    const fragments = new Set<number>();
    for (const other of this.#context(row, displayed, fragments)) {
      const frame = decoder.decode(this.packet(other, fragments.has(other) ? undefined : HEADERS));
      this.#number(other, frame);
      this.#walker.begin(frame, NOTHING);
      if (other === displayed) this.#walker.displayed();
    }
    const frame = decoder.decode(this.packet(row));
    this.#number(row, frame);
    this.#fill(row, frame);
    // what a security context is begun with is told to those who know contexts only until its reply came by
    const gss = this.#pool.pdus.slice(0, this.#pool.count).some((pdu) => pdu.call?.flavor === RPCSEC_GSS);
    this.#walker.begin(frame, gss ? this.#pool : NOTHING);
    return { frame, pdus: this.#pool };
  }

  /** The packet alone, undecoded; at most so many of its bytes. */
  packet(row: number, limit = Number.POSITIVE_INFINITY): Packet {
    const trace = this.#trace;
    const caplen = Math.min(limit, trace.caplen.get(row));
    const buf = Buffer.allocUnsafe(caplen);
    // what a file that shrank no longer has reads as zeros
    buf.fill(0, this.#bytes.read(trace.at.get(row), buf));
    const { linkType, interfaceId, section, hasTime } = trace.kinds[trace.kind.get(row)]!;
    return {
      linkType,
      interfaceId,
      section,
      hasTime,
      number: row + 1,
      sec: trace.sec.get(row),
      nsec: trace.nsec.get(row),
      caplen,
      len: trace.len.get(row),
      buf,
      view: new DataView(buf.buffer, buf.byteOffset, buf.length),
      off: 0,
      comments: trace.extraOf(row)?.comments ?? [],
      options: trace.optionsOf(row),
    };
  }

  /** The bytes of a message, without record marks; at most so many. */
  message(message: number, limit = Number.POSITIVE_INFINITY): Buffer {
    const trace = this.#trace;
    const length = Math.min(limit, trace.messageLen.get(message));
    const bytes = Buffer.alloc(length);
    const inFrame = (trace.messageBits.get(message) & IN_FRAME) !== 0;
    const base = inFrame ? trace.at.get(trace.messageRow.get(message)) : 0;
    (inFrame ? this.#bytes : this.#scratch).read(base + trace.messageAt.get(message), bytes);
    return bytes;
  }

  /** Rows before this one that tell something about it, in order; which of them are parts of datagrams. */
  #context(row: number, displayed: number, fragments: Set<number>): number[] {
    const trace = this.#trace;
    const rows = new Set<number>();
    const add = (other: number): void => {
      if (other < 0 || rows.has(other)) return;
      rows.add(other);
      if ((trace.packetBits.get(other) & HAS_EXTRA) === 0) return;
      for (const frame of trace.extraOf(other)?.fragmentFrames ?? []) {
        rows.add(frame - 1);
        fragments.add(frame - 1);
      }
    };
    add(row);
    add(row - 1);
    add(displayed);
    if ((trace.packetBits.get(row) & HAS_FLOW) !== 0) {
      add(trace.previous.get(row));
      for (let at = trace.milestone.get(row); at >= 0; at = trace.milestone.get(at)) add(at);
      add(this.#lastOfOther(row));
    }
    return [...rows].filter((r) => r < row).sort((a, b) => a - b);
  }

  /** The other side's last acknowledgment. */
  #lastOfOther(row: number): number {
    const trace = this.#trace;
    const side = trace.packetBits.get(row) & BACKWARDS;
    let at = trace.previous.get(row);
    for (let steps = 0; at >= 0 && steps < MAX_LOOK_BACK; steps++) {
      const bits = trace.packetBits.get(at);
      if ((bits & BACKWARDS) !== side && (bits & ACKNOWLEDGES) !== 0) return at;
      at = trace.previous.get(at);
    }
    return -1;
  }

  /** Gives the conversations the numbers they have in the capture: our decoder made them for this one use. */
  #number(row: number, frame: Frame): void {
    const trace = this.#trace;
    for (const [layer, index] of trace.extraOf(row)?.outerFlows ?? []) {
      const { flow } = frame.layers[layer]!;
      if (flow !== null) Object.assign(flow, { index });
    }
    if (frame.flow !== null) Object.assign(frame.flow, { index: trace.flow.get(row) >> 1 });
  }

  #fill(row: number, frame: Frame): void {
    const trace = this.#trace;
    const pool = this.#pool;
    pool.clear();
    const [from, to] = trace.messagesOf(row);
    for (let m = from; m < to; m++) this.#pdu(m, frame);
    const tls = trace.extraOf(row)?.tls ?? [];
    pool.tls = restoreTls(tls, frame.packet.buf, frame.packet.off);
    pool.partial = (trace.packetBits.get(row) & PARTIAL) !== 0;
  }

  #pdu(message: number, frame: Frame): void {
    const trace = this.#trace;
    const bits = trace.messageBits.get(message);
    const length = trace.messageLen.get(message);
    const extra = trace.extraOfMessage(message);
    const { number } = frame.packet;
    const inFrame = (bits & IN_FRAME) !== 0;
    const before = extra === null ? 4 : extra.markBefore;
    let { buf, view, off } = frame.packet;
    off += trace.messageAt.get(message);
    if (extra !== null && extra.inDatagram >= 0) {
      buf = frame.tbuf;
      view = frame.tview;
      off = frame.payloadOff + extra.inDatagram;
    } else if (!inFrame) {
      // the mark is put before the bytes again
      const mark = before === 4 ? 4 : 0;
      buf = Buffer.alloc(mark + length);
      this.#scratch.read(trace.messageAt.get(message) - mark, buf);
      view = new DataView(buf.buffer, buf.byteOffset, buf.length);
      off = mark;
    }
    const pdu = this.#pool.add(buf, view, off, length, inFrame);
    pdu.flow = extra?.flow ? { ...extra.flow, session: null, tcp: null } : frame.flow;
    pdu.dir = (bits & FROM_B) === 0 ? 0 : 1;
    pdu.kind = KINDS[bits & KIND_MASK]!;
    pdu.wireLen = trace.wireLen.get(message);
    pdu.decrypted = (bits & DECRYPTED) !== 0;
    pdu.hasMark = (bits & HAS_MARK) !== 0;
    pdu.fragLen = trace.fragLen.get(message);
    pdu.lastFrag = (bits & LAST_FRAGMENT) !== 0;
    pdu.markOff = before === 0 || off < before ? -1 : off - before;
    if (extra !== null) {
      pdu.fragmentCount = extra.fragmentCount;
      pdu.fragmentFrames = extra.fragmentFrames;
      pdu.dupOf = extra.dupOf;
      pdu.notes = [...extra.notes];
    }
    if (pdu.kind !== 'message') return;
    const { program, version, procedure } = trace.procedures[trace.procedure.get(message)]!;
    pdu.xid = trace.xid.get(message);
    pdu.msgtyp = (bits & REPLY) === 0 ? 0 : 1;
    pdu.program = program;
    pdu.version = version;
    pdu.procedure = procedure;
    const peer = trace.peer.get(message);
    const call = pdu.msgtyp === 0 ? (pdu.dupOf > 0 ? peer : message) : peer;
    if (pdu.msgtyp === 0) {
      parseHeader(view, off, off + length, this.#header, Number.MAX_SAFE_INTEGER);
      pdu.rpcvers = this.#header.rpcvers;
      const reply = call === message ? peer : trace.peer.get(call);
      if (reply >= 0) pdu.replyFrame = trace.messageRow.get(reply) + 1;
    } else if (call >= 0) {
      const callRow = trace.messageRow.get(call);
      pdu.callFrame = callRow + 1;
      pdu.timeNs = extra !== null && extra.timeNs >= 0 ? extra.timeNs : trace.between(callRow, number - 1);
    }
    if (call >= 0) pdu.call = this.#record(call);
  }

  #record(call: number): CallRecord {
    const trace = this.#trace;
    const h = this.#header;
    const bytes = this.message(call, HEADERS * 2);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    parseHeader(view, 0, bytes.length, h, Number.MAX_SAFE_INTEGER);
    const gss = h.credFlavor === RPCSEC_GSS && h.credLen >= 16 && h.credOff + 16 <= bytes.length;
    const row = trace.messageRow.get(call);
    const reply = trace.peer.get(call);
    const [sec, nsec] = trace.extraOfMessage(call)?.sent ?? [trace.sec.get(row), trace.nsec.get(row)];
    return {
      ...trace.procedures[trace.procedure.get(call)]!,
      xid: trace.xid.get(call),
      frame: row + 1,
      sec,
      nsec,
      flavor: h.credFlavor,
      gssProcedure: gss ? view.getUint32(h.credOff + 4) : -1,
      gssService: gss ? view.getUint32(h.credOff + 12) : -1,
      replyFrame: reply < 0 ? 0 : trace.messageRow.get(reply) + 1,
      seen: 1,
      // never that of a call that is still to come
      ordinal: -1 - call,
    };
  }
}
