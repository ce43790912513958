/**
 * The default mode: RPC messages as they were really sent, whatever happened to the segments. Framing is
 * record-stream.ts, belief is plausible.ts, pairing is call-table.ts; this joins them per conversation. Any bytes
 * are taken and nothing is thrown; memory is bounded by the limits.
 */
import { HeaderStatus, newHeader, parseHeader } from '../../codec/rpc/message.ts';
import type { Flow } from '../network/flow.ts';
import type { Frame } from '../network/frame.ts';
import { type CloseReason, type StreamConsumer, TcpReassembler } from '../network/tcp-reassembler.ts';
import { type TlsRecord, TlsSecrets } from '../tls/index.ts';
import { BlockPool } from './block-pool.ts';
import { type CallNumbers, CallTable, type CallTableLimits, type PendingCall } from './call-table.ts';
import { DEFAULT_LIMITS, DEFAULT_PREFERENCES, newCounters, type SessionOptions } from './options.ts';
import type { Pdu } from './pdu.ts';
import { type PduList, PduPool } from './pdu-list.ts';
import { judge, Verdict } from './plausible.ts';
import { type FoundMessage, RecordStreams } from './record-stream.ts';
import { ReplyFrames } from './reply-frames.ts';
import { type ConversationHost, type Direction, TcpConversation } from './tcp-conversation.ts';

/** Enough for any RPC header: call numbers, and two credentials of 400 bytes. */
const HEADER_BYTES = 1024;

const RPCSEC_GSS = 6;
const AUTH_TLS = 7;
/** TLS content type */
const APPLICATION_DATA = 23;

/** What a call on a connection known to be RPC may give as its RPC version. */
const MAX_RPC_VERSION = 255;

class UdpConversation {
  trusted: boolean;
  /** numbers of the endpoints a and b as callers */
  readonly clients: readonly [number, number];

  constructor(forced: boolean, clients: readonly [number, number]) {
    this.trusted = forced;
    this.clients = clients;
  }
}

/** Endpoints numbered for the call table; forgotten all at once when there are too many. */
const MAX_CLIENTS = 65_536;

export class ExactSession implements StreamConsumer, ConversationHost {
  readonly counters = newCounters();
  readonly streams: RecordStreams;
  readonly secrets: TlsSecrets;
  readonly #options: SessionOptions;
  readonly #tcpPorts: ReadonlySet<number>;
  readonly #udpPorts: ReadonlySet<number>;
  readonly #outOfOrder: { heldPerFlow: number; heldTotal: number };
  readonly #callLimits: CallTableLimits;
  readonly #list = new PduPool();
  readonly #header = newHeader();
  readonly #replyFrames: ReplyFrames | null;
  readonly #numbers: CallNumbers = {
    xid: 0,
    program: 0,
    version: 0,
    procedure: 0,
    flavor: 0,
    gssProcedure: 0,
    gssService: 0,
    length: 0,
    sum: 0,
  };
  #calls: CallTable;
  #reassembler: TcpReassembler;
  #clients = new Map<string, number>();
  #nextClient = 0;
  /** the packet being processed */
  #frame: Frame | null = null;
  #packetBuf: Buffer | null = null;
  #number = 0;
  #sec = 0;
  #nsec = 0;

  constructor(options: SessionOptions) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const preferences = { ...DEFAULT_PREFERENCES, ...options.preferences };
    this.#options = options;
    this.#replyFrames = options.twoPass === true ? new ReplyFrames() : null;
    this.#tcpPorts = options.decodeAs?.tcpPorts ?? new Set();
    this.#udpPorts = options.decodeAs?.udpPorts ?? new Set();
    this.secrets = options.secrets ?? new TlsSecrets();
    this.streams = new RecordStreams(new BlockPool(limits.heldBytes), {
      recordBytes: preferences['rpc.max_tcp_pdu_size'],
      keepBytes: options.bodies === false ? HEADER_BYTES : preferences['rpc.max_tcp_pdu_size'],
      fragmentsPerRecord: limits.fragmentsPerRecord,
      emptyFragmentsPerRecord: limits.emptyFragmentsPerRecord,
    });
    this.#outOfOrder = { heldPerFlow: limits.outOfOrderPerFlow, heldTotal: limits.outOfOrderTotal };
    this.#callLimits = limits;
    this.#calls = new CallTable(this.#callLimits);
    this.#reassembler = new TcpReassembler(this, this.#outOfOrder);
  }

  process(frame: Frame): PduList {
    const list = this.#list;
    if (list.count > 0 || list.tls.length > 0) {
      list.clear();
      this.streams.pool.reclaim();
      this.#calls.reclaim();
    }
    list.partial = false;
    const { packet } = frame;
    this.#frame = frame;
    this.#packetBuf = packet.buf;
    this.#number = packet.number;
    this.#sec = packet.sec;
    this.#nsec = packet.nsec;
    if (frame.transport === 6) this.#tcp(frame);
    else if (frame.transport === 17) this.#udp(frame);
    this.counters.forgottenCalls = this.#calls.forgotten;
    this.counters.recordsOverLimit = this.streams.pool.refused;
    return list;
  }

  /** Bytes wait for others, or for a packet to be shown with. */
  get unsettled(): boolean {
    return this.#reassembler.holding;
  }

  moveBytes(from: Buffer, to: Buffer, view: DataView): void {
    this.#list.moveBytes(from, to, view);
  }

  finish(): PduList {
    this.#packetBuf = null;
    this.#reassembler.flush();
    return this.#list;
  }

  nextPass(): void {
    this.finish();
    this.#list.clear();
    if (this.#replyFrames === null) throw new Error('nextPass needs the option twoPass');
    this.#replyFrames.seal();
    this.#calls = new CallTable(this.#callLimits);
    this.#reassembler = new TcpReassembler(this, this.#outOfOrder);
    this.#clients.clear();
    this.#nextClient = 0;
    Object.assign(this.counters, newCounters());
    this.streams.pool.refused = 0;
  }

  drop(flow: Flow): void {
    this.#reassembler.drop(flow);
    const conversation = flow.session;
    if (!(conversation instanceof TcpConversation)) return;
    conversation.tls?.close();
    for (const direction of conversation.directions) {
      if (direction.stream.unfinished) this.counters.incomplete++;
      direction.stream.off();
    }
    flow.session = null;
  }

  // --- TCP

  #tcp(frame: Frame): void {
    if (frame.flow !== null) this.#reassembler.segment(frame);
  }

  #conversation(flow: Flow): TcpConversation {
    const old = flow.session as TcpConversation | null;
    if (old !== null) return old;
    const forced = this.#tcpPorts.has(flow.aPort) || this.#tcpPorts.has(flow.bPort);
    const conversation = new TcpConversation(this, flow, forced);
    flow.session = conversation;
    return conversation;
  }

  onStart(flow: Flow, dir: 0 | 1, midstream: boolean): void {
    if (!midstream) return;
    const direction = this.#conversation(flow).directions[dir];
    direction.stream.search();
    direction.joinedLate = true;
  }

  onBytes(
    flow: Flow,
    dir: 0 | 1,
    buf: Buffer,
    view: DataView,
    off: number,
    len: number,
    frameNumber: number,
  ): void {
    const direction = this.#conversation(flow).directions[dir];
    if (direction.off) return;
    const { heldSince } = this.#reassembler;
    if (heldSince === null) {
      direction.receive(buf, view, off, len, frameNumber);
      const frame = this.#frame;
      if (frame?.flow === flow && frame.dir === dir) this.#list.partial = direction.unfinished;
      return;
    }
    // what they bring is shown with this packet, and timed by the one that they came in
    const { sec, nsec } = heldSince;
    const [sec0, nsec0] = [this.#sec, this.#nsec];
    this.#sec = sec;
    this.#nsec = nsec;
    direction.receive(buf, view, off, len, frameNumber);
    this.#sec = sec0;
    this.#nsec = nsec0;
  }

  onGap(flow: Flow, dir: 0 | 1, missing: number): void {
    const direction = this.#conversation(flow).directions[dir];
    if (!direction.off) direction.gap(missing, this.#number);
  }

  onClose(flow: Flow, dir: 0 | 1, _reason: CloseReason): void {
    const { stream } = this.#conversation(flow).directions[dir];
    if (!stream.unfinished) return;
    this.counters.incomplete++;
    stream.search();
  }

  tlsRecord(record: TlsRecord): void {
    this.#list.tls.push(record);
    if (record.sealed !== null && record.contentType === APPLICATION_DATA) this.counters.tlsSealed++;
  }

  tcpMessage(direction: Direction, m: FoundMessage): void {
    const { conversation, dir } = direction;
    conversation.trust();
    this.#concedeCall(conversation, dir, m);
    const pdu = this.#add(m.buf, m.view, m.off, m.len, conversation.flow, dir);
    pdu.decrypted = direction.tlsBegun;
    pdu.wireLen = m.wireLen;
    pdu.hasMark = true;
    pdu.markOff = m.markOff;
    pdu.fragLen = m.fragLen;
    pdu.lastFrag = m.lastFrag;
    pdu.fragmentCount = m.fragmentCount;
    pdu.fragmentFrames = m.fragmentFrames;
    if (m.resynchronised) {
      this.counters.resynchronised++;
      pdu.notes.push('resynchronised');
    }
    if (m.cut && m.len < Math.min(m.wireLen, this.streams.limits.keepBytes)) pdu.notes.push('bytes missing');
    this.#message(pdu, conversation.flow, dir, -1, -1);
    if (pdu.msgtyp === 0 && this.#header.credFlavor === AUTH_TLS && pdu.procedure === 0) {
      conversation.tlsProbed = true;
    }
  }

  /** A reply tells that its call was received whole: what is not here of it was not captured. */
  #concedeCall({ flow, directions }: TcpConversation, dir: 0 | 1, m: FoundMessage): void {
    if (m.len < 8 || m.view.getUint32(m.off + 4) !== 1) return;
    const xid = m.view.getUint32(m.off);
    const back = dir === 0 ? 1 : 0;
    if (!directions[back].stream.awaits(xid)) return;
    // the call is told in the same object
    const reply = { ...m };
    this.#reassembler.concede(flow, back);
    Object.assign(m, reply);
  }

  tcpFragment(direction: Direction, f: FoundMessage): void {
    const pdu = this.#add(f.buf, f.view, f.off, f.len, direction.conversation.flow, direction.dir);
    pdu.decrypted = direction.tlsBegun;
    pdu.kind = 'fragment';
    pdu.wireLen = f.wireLen;
    pdu.hasMark = true;
    pdu.markOff = f.markOff;
    pdu.fragLen = f.fragLen;
    pdu.lastFrag = false;
    pdu.fragmentCount = f.fragmentCount;
  }

  tcpContinuation(direction: Direction, buf: Buffer, view: DataView, off: number, len: number): void {
    this.counters.continuations++;
    const pdu = this.#add(buf, view, off, len, direction.conversation.flow, direction.dir);
    pdu.decrypted = direction.tlsBegun;
  }

  // --- UDP

  #udp(frame: Frame): void {
    const { flow, dir, tbuf, tview, payloadOff, payloadLen, wireLen } = frame;
    if (flow === null || payloadLen === 0) return;
    let conversation = flow.session as UdpConversation | null;
    if (conversation === null) {
      const forced = this.#udpPorts.has(flow.aPort) || this.#udpPorts.has(flow.bPort);
      conversation = new UdpConversation(forced, [
        this.#client(flow.aAddr, flow.aPort),
        this.#client(flow.bAddr, flow.bPort),
      ]);
      flow.session = conversation;
    }
    const end = payloadOff + payloadLen;
    const sender = conversation.clients[dir];
    const receiver = conversation.clients[dir === 0 ? 1 : 0];
    const { trusted } = conversation;
    const verdict = this.judge(flow, dir, receiver, trusted, tview, payloadOff, end, wireLen, false);
    if (verdict !== Verdict.YES) {
      if (!trusted) return;
      this.counters.continuations++;
      this.#add(tbuf, tview, payloadOff, payloadLen, flow, dir);
      return;
    }
    conversation.trusted = true;
    const pdu = this.#add(tbuf, tview, payloadOff, payloadLen, flow, dir);
    pdu.wireLen = wireLen;
    this.#message(pdu, flow, dir, sender, receiver);
  }

  #client(address: string, port: number): number {
    const name = `${address} ${port}`;
    let id = this.#clients.get(name);
    if (id === undefined) {
      if (this.#clients.size >= MAX_CLIENTS) this.#clients.clear();
      id = this.#nextClient++;
      this.#clients.set(name, id);
    }
    return id;
  }

  // --- both

  #add(buf: Buffer, view: DataView, off: number, len: number, flow: Flow, dir: 0 | 1): Pdu {
    const pdu = this.#list.add(buf, view, off, len, buf === this.#packetBuf);
    pdu.flow = flow;
    pdu.dir = dir;
    return pdu;
  }

  /**
   * Whether [off, end) begins an RPC message going `dir`. `receiver` is the UDP receiver's number as a caller, -1
   * on TCP. On a trusted conversation anything is a message that has a message type and, for calls, an RPC
   * version; elsewhere it must speak for itself or answer a call.
   */
  judge(
    flow: Flow,
    dir: 0 | 1,
    receiver: number,
    trusted: boolean,
    view: DataView,
    off: number,
    end: number,
    length: number,
    more: boolean,
  ): Verdict {
    const have = end - off;
    if (have < 8) return more ? Verdict.MORE : Verdict.NO;
    const msgtyp = view.getUint32(off + 4);
    if (msgtyp > 1) return Verdict.NO;
    if (trusted && have >= 12) {
      const third = view.getUint32(off + 8);
      if (msgtyp === 0 ? third > 0 && third <= MAX_RPC_VERSION : third <= 1) return Verdict.YES;
    }
    if (msgtyp === 1 && (have >= 12 || !more)) {
      if (this.#calls.find(flow, dir, receiver, view.getUint32(off), this.#sec) !== null) {
        return have < 12 || trusted || view.getUint32(off + 8) <= 1 ? Verdict.YES : Verdict.NO;
      }
    }
    return judge(view, off, end, length, more, this.#header, this.#options.knownProgram);
  }

  /** Reads the numbers of a message and pairs it. */
  #message(pdu: Pdu, flow: Flow, dir: 0 | 1, sender: number, receiver: number): void {
    pdu.kind = 'message';
    const h = this.#header;
    const { view, off } = pdu;
    const end = off + pdu.len;
    const status = parseHeader(view, off, end, h, 0xffffffff);
    pdu.xid = Math.max(h.xid, 0);
    if (h.msgType === 1) {
      pdu.msgtyp = 1;
      this.counters.replies++;
      this.#reply(pdu, flow, dir, receiver);
      return;
    }
    pdu.msgtyp = 0;
    this.counters.calls++;
    pdu.rpcvers = h.rpcvers;
    pdu.program = h.program;
    pdu.version = h.version;
    pdu.procedure = h.procedure;
    if (status === HeaderStatus.BAD_RPCVERS && end - off >= 24) {
      // Another RPC version's call; the numbers stand where version 2 has them, or mean nothing.
      pdu.program = view.getUint32(off + 12);
      pdu.version = view.getUint32(off + 16);
      pdu.procedure = view.getUint32(off + 20);
    }
    this.#call(pdu, flow, dir, sender);
  }

  #call(pdu: Pdu, flow: Flow, dir: 0 | 1, sender: number): void {
    const h = this.#header;
    const n = this.#numbers;
    n.xid = pdu.xid;
    n.program = pdu.program;
    n.version = pdu.version;
    n.procedure = pdu.procedure;
    n.flavor = h.credFlavor;
    const gss = h.credFlavor === RPCSEC_GSS && h.credLen >= 16 && h.credOff + 16 <= pdu.off + pdu.len;
    n.gssProcedure = gss ? pdu.view.getUint32(h.credOff + 4) : -1;
    n.gssService = gss ? pdu.view.getUint32(h.credOff + 12) : -1;
    n.length = pdu.wireLen;
    n.sum = checksum(pdu.view, pdu.off, pdu.len);
    const record = this.#calls.call(flow, dir, sender, n, this.#number, this.#sec, this.#nsec);
    pdu.call = record;
    if (this.#calls.repeats !== null && record.frame !== this.#number) {
      pdu.dupOf = record.frame;
      this.counters.duplicateCalls++;
    }
    if (this.#calls.reused) pdu.notes.push('xid reused');
    if (this.#replyFrames !== null) pdu.replyFrame = this.#replyFrames.get(record.ordinal);
  }

  #reply(pdu: Pdu, flow: Flow, dir: 0 | 1, receiver: number): void {
    const record = this.#calls.find(flow, dir, receiver, pdu.xid, this.#sec);
    if (record === null) {
      this.counters.unmatchedReplies++;
      return;
    }
    pdu.call = record;
    pdu.program = record.program;
    pdu.version = record.version;
    pdu.procedure = record.procedure;
    pdu.callFrame = record.frame;
    pdu.timeNs = (this.#sec - record.sec) * 1e9 + (this.#nsec - record.nsec);
    if (receiver >= 0 && record.flowIndex !== flow.index) pdu.notes.push('reply from another address');
    this.#answered(pdu, record);
  }

  #answered(pdu: Pdu, record: PendingCall): void {
    if (record.replyFrame === 0) {
      this.#calls.answer(record, this.#number, this.#sec);
      this.#replyFrames?.set(record.ordinal, this.#number);
    } else if (record.replyFrame !== this.#number) {
      pdu.dupOf = record.replyFrame;
      this.counters.duplicateReplies++;
    }
  }
}

/** Over the words of the message's head and the last whole one: enough to tell a repeat from another call. */
function checksum(view: DataView, off: number, len: number): number {
  const end = off + Math.min(len & ~3, 160);
  let sum = len;
  for (let at = off; at < end; at += 4) sum = Math.imul(sum ^ view.getUint32(at), 0x01000193);
  if (len > 164) sum = Math.imul(sum ^ view.getUint32(off + (len & ~3) - 4), 0x01000193);
  return sum >>> 0;
}
