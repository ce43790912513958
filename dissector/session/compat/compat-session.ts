/**
 * RPC as tshark 4.0.17 finds it, with its choices and its faults (WIRESHARK.md sections 0 and 1): for comparing
 * with it field by field. What tshark keeps for ever is kept: memory grows with the conversations and calls.
 */
import { HeaderStatus, newHeader, parseHeader } from '../../../codec/rpc/message.ts';
import type { Flow } from '../../network/flow.ts';
import type { Frame } from '../../network/frame.ts';
import { DEFAULT_PREFERENCES, newCounters, type Preferences, type SessionOptions } from '../options.ts';
import type { CallRecord, Pdu } from '../pdu.ts';
import { type PduList, PduPool } from '../pdu-list.ts';
import type { Chunk } from './chunk.ts';
import { CLAIMED_TCP_PORTS, CLAIMED_UDP_PORTS } from './claimed-ports.ts';
import type { RecordInfo } from './rpc-over-tcp.ts';
import { CompatTcp, type ConversationHost } from './tcp-conversation.ts';

/** The one port registered for RPC; everything else is found by content. */
const PORTMAP_PORT = 111;

const PORTMAP = 100000;
const GETPORT = 3;
const UDP_PROTOCOL = 17;

const RPCSEC_GSS = 6;
const AUTH_GSSAPI = 300001;

/** The highest version an unknown program may have. */
const MAX_UNKNOWN_VERSION = 10;

/** Calls by xid, as tshark keeps them: for ever, the first one with an xid in a conversation winning. */
type XidTable = Map<number, CallRecord>;

export class CompatSession implements ConversationHost {
  readonly counters = newCounters();
  /** the bytes of the current packet ended inside what tshark reads at once */
  aborted = false;
  readonly #options: SessionOptions;
  readonly #preferences: Preferences;
  readonly #tcpPorts: ReadonlySet<number>;
  readonly #udpPorts: ReadonlySet<number>;
  readonly #list = new PduPool();
  /** by flow index */
  readonly #tcp: CompatTcp[] = [];
  readonly #tcpXids: XidTable[] = [];
  /** by client address and server port */
  readonly #udpXids = new Map<string, XidTable>();
  /** GETPORT calls that ask for a UDP port */
  readonly #portQuestions = new WeakSet<CallRecord>();
  readonly #header = newHeader();
  #ordinal = 0;
  #secondPass = false;
  /** times within the capture are counted from here, to stay exact */
  #firstSec = -1;
  // the packet being processed
  #flow: Flow | null = null;
  #dir: 0 | 1 = 0;
  #conversation: CompatTcp | null = null;
  #number = 0;
  #sec = 0;
  #nsec = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#preferences = { ...DEFAULT_PREFERENCES, ...options.preferences };
    this.#tcpPorts = new Set([PORTMAP_PORT, ...(options.decodeAs?.tcpPorts ?? [])]);
    this.#udpPorts = new Set([PORTMAP_PORT, ...(options.decodeAs?.udpPorts ?? [])]);
  }

  process(frame: Frame): PduList {
    this.#list.clear();
    const { flow, packet } = frame;
    if (flow === null || frame.transport === 0) return this.#list;
    this.aborted = false;
    this.#flow = flow;
    this.#dir = frame.dir;
    this.#number = packet.number;
    this.#sec = packet.sec;
    this.#nsec = packet.nsec;
    if (frame.transport === 6) {
      const conversation = this.#tcpConversation(flow);
      this.#conversation = conversation;
      if (this.#firstSec < 0) this.#firstSec = packet.sec;
      conversation.segment(frame, (packet.sec - this.#firstSec) * 1e9 + packet.nsec);
    } else {
      this.#conversation = null;
      this.#udp(frame, flow);
    }
    return this.#list;
  }

  /** Nothing waits for the end: tshark shows what it has when it has it. */
  /** tshark shows nothing at the end: what waits stays unseen. */
  readonly unsettled = false;

  finish(): PduList {
    return this.#list;
  }

  moveBytes(from: Buffer, to: Buffer, view: DataView): void {
    this.#list.moveBytes(from, to, view);
  }

  nextPass(): void {
    this.#secondPass = true;
    for (const conversation of this.#tcp) conversation?.nextPass();
    Object.assign(this.counters, newCounters());
  }

  /** Nothing is forgotten. */
  drop(): void {}

  // --- TCP

  partial(): void {
    this.#list.partial = true;
  }

  #tcpConversation(flow: Flow): CompatTcp {
    let conversation = this.#tcp[flow.index];
    if (conversation === undefined) {
      const disabled = this.#options.disabledHeuristics ?? new Set<string>();
      const registered = portOwner(this.#tcpPorts, CLAIMED_TCP_PORTS, flow.aPort, flow.bPort);
      conversation = new CompatTcp(this, this.#preferences, { registered, disabled });
      this.#tcp[flow.index] = conversation;
      this.#tcpXids[flow.index] = new Map();
    }
    return conversation;
  }

  bind(): void {
    if (this.#conversation !== null) this.#conversation.owner = 'rpc';
  }

  // --- UDP

  #udp(frame: Frame, flow: Flow): void {
    if (frame.payloadLen === 0) return;
    const c: Chunk = {
      buf: frame.tbuf,
      view: frame.tview,
      off: frame.payloadOff,
      len: frame.payloadLen,
      wireLen: frame.wireLen,
      inFrame: frame.tbuf === frame.packet.buf,
    };
    const [source, destination] = frame.dir === 0 ? [flow.aAddr, flow.bAddr] : [flow.bAddr, flow.aAddr];
    const bound =
      this.#udpXids.has(`${destination} ${frame.dstPort}`) || this.#udpXids.has(`${source} ${frame.srcPort}`);
    const registered = portOwner(this.#udpPorts, CLAIMED_UDP_PORTS, flow.aPort, flow.bPort);
    if (registered === 'other' && !bound) return;
    if (bound || registered === 'rpc') {
      if (!this.message(c, null)) this.continuation(c);
    } else if (this.#options.disabledHeuristics?.has('rpc_udp') !== true) {
      this.message(c, null);
    }
  }

  /** The table of calls with the packet's client and server port; UDP ignores the other two. */
  #xids(reply: boolean, create: boolean): XidTable | undefined {
    const flow = this.#flow;
    if (flow === null) return undefined;
    if (this.#conversation !== null) return this.#tcpXids[flow.index];
    const fromA = (this.#dir === 0) !== reply;
    const key = fromA ? `${flow.aAddr} ${flow.bPort}` : `${flow.bAddr} ${flow.aPort}`;
    let table = this.#udpXids.get(key);
    if (table === undefined && create) {
      table = new Map();
      this.#udpXids.set(key, table);
    }
    return table;
  }

  // --- messages

  looksLikeCall(c: Chunk): boolean {
    if (c.len < 16 || c.view.getUint32(c.off + 8) !== 2) return false;
    const program = c.view.getUint32(c.off + 12);
    if (this.#options.knownProgram(program)) return true;
    if (!this.#preferences['rpc.dissect_unknown_programs']) return false;
    if (program === 0 || program === 0xffffffff || c.len < 20) return false;
    return c.view.getUint32(c.off + 16) <= MAX_UNKNOWN_VERSION;
  }

  looksLikeReply(c: Chunk): boolean {
    const xid = c.view.getUint32(c.off);
    if (this.#xids(true, false)?.get(xid) !== undefined) return true;
    if (this.#conversation === null || !this.#preferences['rpc.find_fragment_start']) return false;
    this.#xids(true, true)?.set(xid, this.#record(xid, 0));
    return true;
  }

  /** As tshark's message dissector: false when it is no message, or a first fragment is accepted without a PDU. */
  message(c: Chunk, record: RecordInfo | null): boolean {
    if (c.len < 8) return false;
    const msgtyp = c.view.getUint32(c.off + 4);
    if (msgtyp === 0 ? !this.looksLikeCall(c) : msgtyp !== 1 || !this.looksLikeReply(c)) return false;
    const joins = this.#preferences['rpc.defragment_rpc_over_tcp'] && c.len >= c.wireLen;
    if (record !== null && !record.lastFrag && joins) return true;
    const pdu = this.#add(c);
    pdu.kind = 'message';
    if (record !== null) describe(pdu, record);
    pdu.xid = c.view.getUint32(c.off);
    if (msgtyp === 0) this.#call(pdu, c);
    else this.#reply(pdu, c);
    return true;
  }

  fragment(c: Chunk, record: RecordInfo): void {
    const pdu = this.#add(c);
    pdu.kind = 'fragment';
    describe(pdu, record);
    // tshark's tree of an empty fragment runs beyond its end; without a tree (the first of two passes) it does not.
    if (record.fragLen === 0 && (this.#options.twoPass !== true || this.#secondPass)) this.aborted = true;
  }

  continuation(c: Chunk): void {
    this.counters.continuations++;
    this.#add(c);
  }

  #add(c: Chunk): Pdu {
    const pdu = this.#list.add(c.buf, c.view, c.off, c.len, c.inFrame);
    pdu.wireLen = c.wireLen;
    pdu.flow = this.#flow;
    pdu.dir = this.#dir;
    return pdu;
  }

  #call(pdu: Pdu, c: Chunk): void {
    const { view, off } = pdu;
    this.counters.calls++;
    pdu.rpcvers = view.getUint32(off + 8);
    pdu.program = view.getUint32(off + 12);
    if (c.len < 24) {
      if (c.len >= 20) pdu.version = view.getUint32(off + 16);
      this.aborted = c.len < c.wireLen;
      return;
    }
    pdu.version = view.getUint32(off + 16);
    pdu.procedure = view.getUint32(off + 20);
    const table = this.#xids(false, true);
    if (table === undefined) return;
    this.bind();
    let record = table.get(pdu.xid);
    if (record === undefined) {
      record = this.#record(pdu.xid, this.#number);
      this.#fillCall(record, pdu, c);
      table.set(pdu.xid, record);
    } else if (record.frame !== this.#number) {
      pdu.dupOf = record.frame;
      record.seen++;
      this.counters.duplicateCalls++;
    }
    pdu.call = record;
    pdu.replyFrame = record.replyFrame;
  }

  #fillCall(record: CallRecord, pdu: Pdu, c: Chunk): void {
    const { view, off } = pdu;
    record.program = pdu.program;
    record.version = pdu.version;
    record.procedure = pdu.procedure;
    if (pdu.program === PORTMAP && pdu.version === 2 && pdu.procedure === GETPORT) {
      if (this.#bodyWord(c, 8) === UDP_PROTOCOL) this.#portQuestions.add(record);
    }
    if (c.len < 28) return;
    record.flavor = view.getUint32(off + 24);
    if (record.flavor === RPCSEC_GSS && c.len >= 48) {
      record.gssProcedure = view.getUint32(off + 36);
      record.gssService = view.getUint32(off + 44);
    } else if (record.flavor === AUTH_GSSAPI && c.len >= 40 && view.getUint32(off + 36) !== 0) {
      record.gssProcedure = pdu.procedure;
    }
  }

  #reply(pdu: Pdu, c: Chunk): void {
    pdu.msgtyp = 1;
    this.counters.replies++;
    const record = this.#xids(true, false)?.get(pdu.xid);
    if (record === undefined) return;
    pdu.call = record;
    pdu.program = record.program;
    pdu.version = record.version;
    pdu.procedure = record.procedure;
    if (c.len < 12) {
      this.aborted = c.len < c.wireLen;
      return;
    }
    if (record.frame === 0) this.counters.unmatchedReplies++;
    else {
      pdu.callFrame = record.frame;
      pdu.timeNs = (this.#sec - record.sec) * 1e9 + (this.#nsec - record.nsec);
    }
    if (this.#portQuestions.has(record)) this.#learnPort(c);
    if (record.replyFrame === 0) record.replyFrame = this.#number;
    else if (record.replyFrame !== this.#number) {
      pdu.dupOf = record.replyFrame;
      this.counters.duplicateReplies++;
    }
  }

  /** A portmapper's answer: datagrams of that port at its address are RPC from now on. */
  #learnPort(c: Chunk): void {
    const flow = this.#flow;
    const port = this.#bodyWord(c, 0);
    if (flow === null || port < 0) return;
    const key = `${this.#dir === 0 ? flow.aAddr : flow.bAddr} ${port}`;
    if (!this.#udpXids.has(key)) this.#udpXids.set(key, new Map());
  }

  /** The 32-bit word `at` bytes into the arguments or results, -1 when it is not there. */
  #bodyWord(c: Chunk, at: number): number {
    const end = c.off + c.len;
    const status = parseHeader(c.view, c.off, end, this.#header);
    const { bodyOff } = this.#header;
    return status === HeaderStatus.COMPLETE && bodyOff + at + 4 <= end ? c.view.getUint32(bodyOff + at) : -1;
  }

  /** A new record; frame 0 for a call that was never seen. */
  #record(xid: number, frame: number): CallRecord {
    return {
      xid,
      frame,
      sec: this.#sec,
      nsec: this.#nsec,
      program: 0,
      version: 0,
      procedure: 0,
      flavor: -1,
      gssProcedure: -1,
      gssService: -1,
      replyFrame: 0,
      seen: 1,
      ordinal: this.#ordinal++,
    };
  }
}

/** Whose dissector is registered for the ports; the lower one is asked first. */
function portOwner(
  rpc: ReadonlySet<number>,
  others: ReadonlySet<number>,
  a: number,
  b: number,
): 'rpc' | 'other' | 'nobody' {
  for (const port of a < b ? [a, b] : [b, a]) {
    if (rpc.has(port)) return 'rpc';
    if (others.has(port)) return 'other';
  }
  return 'nobody';
}

function describe(pdu: Pdu, record: RecordInfo): void {
  pdu.hasMark = true;
  pdu.markOff = record.markOff;
  pdu.fragLen = record.fragLen;
  pdu.lastFrag = record.lastFrag;
  pdu.fragmentCount = record.fragmentCount;
  pdu.fragmentFrames = record.fragmentFrames;
}
