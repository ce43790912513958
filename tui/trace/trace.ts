/**
 * What is remembered of a capture so that any packet of it can be explained again at once: for each packet where its
 * bytes stand and which earlier packets its conversation needs; for each RPC message where its bytes stand and which
 * message answers it. About 45 bytes a packet and 40 a message, in tables of bounded memory; what is put together from
 * several packets goes to a scratch file. Told of packets by `arrive`, then as a tap of an Inspection. Never throws
 * but what the files throw.
 */
import { deserialize, serialize } from 'node:v8';
import { HeaderStatus, newHeader, parseHeader, ReplyStat } from '../../codec/rpc/index.ts';
import type { PcapngOption } from '../../dissector/capture/interface.ts';
import type { Packet } from '../../dissector/capture/packet.ts';
import type { Tap } from '../../dissector/inspect.ts';
import type { Flow } from '../../dissector/network/flow.ts';
import { type Frame, Layer } from '../../dissector/network/frame.ts';
import type { Pdu } from '../../dissector/session/pdu.ts';
import type { PduList } from '../../dissector/session/pdu-list.ts';
import { NumberList, SparseColumn } from './growing.ts';
import { Scratch } from './scratch.ts';
import { Table } from './table.ts';
import { type KeptTls, keepTls } from './tls-records.ts';

/** Bits of a message. */
export const KIND_MASK = 3;
export const IN_FRAME = 4;
export const DECRYPTED = 8;
export const HAS_MARK = 16;
export const LAST_FRAGMENT = 32;
export const REPLY = 64;
export const REPEAT = 128;
export const EXTRA = 256;
/** it went from endpoint b to endpoint a of its conversation */
export const FROM_B = 512;

export const KINDS = ['message', 'fragment', 'continuation'] as const;

/** Bits of a packet. */
export const BACKWARDS = 1;
export const ACKNOWLEDGES = 2;
export const HAS_FLOW = 4;
export const HAS_EXTRA = 8;
export const PARTIAL = 16;

/** Outcomes of a reply: 0 none yet, 1 + accept_stat, 17 + reject_stat, 32 what RPC does not know. */
export const SUCCESS = 1;
export const DENIED = 17;
export const STRANGE = 32;

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;

/** What few packets have. */
export interface PacketExtra {
  readonly comments: readonly string[];
  readonly options: readonly PcapngOption[];
  readonly fragmentFrames: readonly number[];
  /** per layer that is a tunnel's outer UDP header: its conversation's number */
  readonly outerFlows: readonly (readonly [layer: number, index: number])[];
  readonly tls: readonly KeptTls[];
}

/** What few messages have. */
export interface MessageExtra {
  readonly fragmentCount: number;
  readonly fragmentFrames: readonly number[] | null;
  readonly notes: readonly string[];
  readonly dupOf: number;
  readonly markBefore: number;
  /** its conversation, when it is not the packet's */
  readonly flow: Omit<Flow, 'session' | 'tcp'> | null;
  /** a call's time, when it is not the packet's */
  readonly sent: readonly [sec: number, nsec: number] | null;
  /** where it begins in the payload of a datagram put together from fragments; -1 */
  readonly inDatagram: number;
  /** how long a reply took, when its packet does not tell; -1 */
  readonly timeNs: number;
}

/** What packets of one interface share. */
export interface PacketKind {
  readonly linkType: number;
  readonly interfaceId: number;
  readonly section: number;
  readonly hasTime: boolean;
}

/** A procedure that was called. */
export interface ProcedureKey {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
}

export interface TraceOptions {
  /** bytes of memory for each of the two tables */
  readonly tableBytes?: number;
}

/** Told of each message once it is in the trace. */
export type MessageListener = (message: number, frame: Frame, pdu: Pdu) => void;

export class Trace implements Tap {
  readonly scratch = new Scratch();
  readonly #packets: Table;
  readonly #messages: Table;
  // packets
  readonly at;
  readonly sec;
  readonly nsec;
  readonly caplen;
  readonly len;
  /** conversation: 2 × tcp.stream, or 2 × udp.stream + 1; -1 none */
  readonly flow;
  /** row of the conversation's packet before, -1 none */
  readonly previous;
  /** row of the last packet before that changed what is known of the conversation, -1 none */
  readonly milestone;
  readonly firstMessage;
  readonly kind;
  readonly packetBits;
  // messages
  readonly messageRow;
  /** in the packet, or in the scratch file */
  readonly messageAt;
  readonly messageLen;
  readonly wireLen;
  readonly fragLen;
  /** the message that it answers or that answers it, -1 none */
  readonly peer;
  readonly xid;
  readonly procedure;
  readonly messageBits;
  readonly outcome;
  /** messages that begin a row of the calls: calls, and replies whose call was not seen */
  readonly calls = new NumberList();
  /** rows of packets that came with comments */
  readonly commented = new NumberList();
  readonly procedures: ProcedureKey[] = [];
  readonly #procedureIds = new Map<string, number>();
  readonly kinds: PacketKind[] = [];
  readonly #packetExtras = new SparseColumn();
  readonly #messageExtras = new SparseColumn();
  readonly #flows = new FlowEnds();
  readonly #header = newHeader();
  readonly #listeners: MessageListener[] = [];
  /** a bit for each kind of layer that was met */
  #layers = 0n;
  /** of the packet before, by depth: most packets have the same */
  readonly #lastLayers: number[] = [];
  #sawTls = false;
  /** packets whose messages are known */
  #settled = 0;

  constructor(options: TraceOptions = {}) {
    const bytes = options.tableBytes === undefined ? {} : { maxBytes: options.tableBytes };
    const packets = new Table(bytes);
    const messages = new Table(bytes);
    this.#packets = packets;
    this.#messages = messages;
    this.at = packets.column('f64');
    this.sec = packets.column('f64');
    this.nsec = packets.column('u32');
    this.caplen = packets.column('u32');
    this.len = packets.column('u32');
    this.flow = packets.column('i32');
    this.previous = packets.column('i32');
    this.milestone = packets.column('i32');
    this.firstMessage = packets.column('u32');
    this.kind = packets.column('u16');
    this.packetBits = packets.column('u8');
    this.messageAt = messages.column('f64');
    this.messageRow = messages.column('u32');
    this.messageLen = messages.column('u32');
    this.wireLen = messages.column('u32');
    this.fragLen = messages.column('u32');
    this.peer = messages.column('i32');
    this.xid = messages.column('u32');
    this.procedure = messages.column('u32');
    this.messageBits = messages.column('u16');
    this.outcome = messages.column('u8');
  }

  /** Packets that can be explained. */
  get length(): number {
    return this.#settled;
  }

  get messages(): number {
    return this.#messages.length;
  }

  onMessage(listener: MessageListener): void {
    this.#listeners.push(listener);
  }

  /** A packet whose bytes stand at `at`. Call it before the inspection is given the packet. */
  arrive(packet: Packet, at: number): void {
    const row = this.#packets.append();
    this.at.set(row, at);
    this.sec.set(row, packet.sec);
    this.nsec.set(row, packet.nsec);
    this.caplen.set(row, packet.caplen);
    this.len.set(row, packet.len);
    this.flow.set(row, -1);
    this.previous.set(row, -1);
    this.milestone.set(row, -1);
    this.kind.set(row, this.#kindOf(packet));
  }

  add(frame: Frame, pdus: PduList): void {
    const row = frame.packet.number - 1;
    this.#noteLayers(frame);
    this.#sawTls ||= pdus.tls.length > 0;
    this.firstMessage.set(row, this.#messages.length);
    this.#noteFlow(row, frame, pdus.partial);
    this.#noteExtra(row, frame, pdus);
    for (let i = 0; i < pdus.count; i++) this.#message(row, frame, pdus.pdus[i]!);
    this.#settled = row + 1;
  }

  /** Messages [from, to) of a packet. */
  messagesOf(row: number): readonly [from: number, to: number] {
    const from = this.firstMessage.get(row);
    return [from, row + 1 < this.#settled ? this.firstMessage.get(row + 1) : this.#messages.length];
  }

  extraOf(row: number): PacketExtra | null {
    if ((this.packetBits.get(row) & HAS_EXTRA) === 0) return null;
    return this.#kept(this.#packetExtras.get(row)) as PacketExtra | null;
  }

  extraOfMessage(message: number): MessageExtra | null {
    if ((this.messageBits.get(message) & EXTRA) === 0) return null;
    return this.#kept(this.#messageExtras.get(message)) as MessageExtra | null;
  }

  commentsOf(row: number): readonly string[] {
    return this.extraOf(row)?.comments ?? NO_COMMENTS;
  }

  /** pcapng options of a packet other than comments. */
  optionsOf(row: number): readonly PcapngOption[] {
    return this.extraOf(row)?.options ?? NO_OPTIONS;
  }

  /** Names of the protocols that packets so far have. */
  protocolsSeen(programs: { protocol(program: number): { readonly name: string } | null }): Set<string> {
    const seen = new Set<string>();
    for (const [name, kinds] of PROTOCOL_LAYERS) {
      if (kinds.some((kind) => (this.#layers & (1n << BigInt(kind))) !== 0n)) seen.add(name);
    }
    if (this.#sawTls) seen.add('tls');
    if (this.messages > 0) seen.add('rpc');
    for (const { program } of this.procedures) {
      const name = program < 0 ? undefined : programs.protocol(program)?.name;
      if (name !== undefined) seen.add(name);
    }
    return seen;
  }

  /** The packets of a conversation, in order. */
  rowsOf(flow: number): number[] {
    const rows: number[] = [];
    for (let row = this.#flows.last(flow); row >= 0; row = this.previous.get(row)) rows.push(row);
    return rows.reverse();
  }

  /** Nanoseconds from one packet to another. */
  between(from: number, to: number): number {
    return (this.sec.get(to) - this.sec.get(from)) * 1e9 + this.nsec.get(to) - this.nsec.get(from);
  }

  /** How long the answer took, -1 without one. */
  latencyOf(call: number): number {
    const reply = this.peer.get(call);
    const told = reply < 0 ? -1 : (this.extraOfMessage(reply)?.timeNs ?? -1);
    if (reply < 0 || told >= 0) return told;
    return this.between(this.messageRow.get(call), this.messageRow.get(reply));
  }

  close(): void {
    this.#packets.close();
    this.#messages.close();
    this.scratch.close();
  }

  #kindOf({ linkType, interfaceId, section, hasTime }: Packet): number {
    const found = this.kinds.findIndex(
      (k) =>
        k.linkType === linkType &&
        k.interfaceId === interfaceId &&
        k.section === section &&
        k.hasTime === hasTime,
    );
    if (found >= 0) return found;
    // beyond what the column holds the first stands for all
    if (this.kinds.length > 0xffff) return 0;
    return this.kinds.push({ linkType, interfaceId, section, hasTime }) - 1;
  }

  #noteLayers(frame: Frame): void {
    for (let i = 0; i < frame.layerCount; i++) {
      const { kind } = frame.layers[i]!;
      if (this.#lastLayers[i] === kind) continue;
      this.#lastLayers[i] = kind;
      this.#layers |= 1n << BigInt(kind);
    }
  }

  #noteFlow(row: number, frame: Frame, partial: boolean): void {
    const { flow, dir, tcpFlags, transport } = frame;
    let bits = dir === 1 ? BACKWARDS : 0;
    if (partial) bits |= PARTIAL;
    if (transport === 6 && (tcpFlags & ACK) !== 0) bits |= ACKNOWLEDGES;
    if (flow !== null && frame.quoteLayer < 0) {
      const id = flow.index * 2 + (flow.protocol === 17 ? 1 : 0);
      bits |= HAS_FLOW;
      this.flow.set(row, id);
      const [previous, milestone] = this.#flows.add(id, row, transport === 6 ? newsOf(frame) : 0, dir);
      this.previous.set(row, previous);
      this.milestone.set(row, milestone);
    }
    this.packetBits.set(row, bits);
  }

  #noteExtra(row: number, frame: Frame, pdus: PduList): void {
    const { comments, options, buf } = frame.packet;
    let fragmentFrames = frame.fragmentFrames ?? [];
    const outerFlows: [number, number][] = [];
    for (let i = 0; i < frame.layerCount; i++) {
      const layer = frame.layers[i]!;
      if (layer.fragmentFrames !== null) fragmentFrames = [...fragmentFrames, ...layer.fragmentFrames];
      if (layer.flow !== null && i < frame.tunnelLayer) outerFlows.push([i, layer.flow.index]);
    }
    const length = comments.length + options.length;
    if (length + fragmentFrames.length + outerFlows.length + pdus.tls.length === 0) return;
    if (comments.length > 0) this.commented.push(row);
    const tls = keepTls(pdus.tls, buf, frame.packet.off);
    this.#packetExtras.set(
      row,
      this.#keep({ comments, options, fragmentFrames, outerFlows, tls } satisfies PacketExtra),
    );
    this.packetBits.set(row, this.packetBits.get(row) | HAS_EXTRA);
  }

  #message(row: number, frame: Frame, pdu: Pdu): void {
    const message = this.#messages.append();
    const before = pdu.markOff < 0 ? 0 : pdu.off - pdu.markOff;
    // the mark right before the message is kept with it
    const mark = before === 4 ? 4 : 0;
    let bits = KINDS.indexOf(pdu.kind);
    if (pdu.inFrame) bits |= IN_FRAME;
    if (pdu.decrypted) bits |= DECRYPTED;
    if (pdu.hasMark) bits |= HAS_MARK;
    if (pdu.lastFrag) bits |= LAST_FRAGMENT;
    if (pdu.msgtyp === 1) bits |= REPLY;
    if (pdu.dupOf > 0) bits |= REPEAT;
    if (pdu.dir === 1) bits |= FROM_B;
    this.messageRow.set(message, row);
    this.messageLen.set(message, pdu.len);
    this.wireLen.set(message, pdu.wireLen);
    this.fragLen.set(message, pdu.fragLen);
    this.xid.set(message, pdu.xid);
    this.peer.set(message, -1);
    this.procedure.set(message, this.#procedureOf(pdu));
    this.messageAt.set(
      message,
      pdu.inFrame
        ? pdu.off - frame.packet.off
        : mark + this.scratch.append(pdu.buf.subarray(pdu.off - mark, pdu.off + pdu.len)),
    );
    const extra = this.#messageExtra(row, frame, pdu, before);
    if (extra !== null) {
      this.#messageExtras.set(message, this.#keep(extra));
      bits |= EXTRA;
    }
    this.messageBits.set(message, bits);
    if (pdu.kind === 'message') this.#pair(message, pdu);
    for (const listener of this.#listeners) listener(message, frame, pdu);
  }

  #messageExtra(row: number, frame: Frame, pdu: Pdu, markBefore: number): MessageExtra | null {
    const { fragmentCount, fragmentFrames, notes, dupOf, call } = pdu;
    const { sec, nsec } = frame.packet;
    let flow: MessageExtra['flow'] = null;
    if (pdu.flow !== null && pdu.flow !== frame.flow) {
      const { session: _, tcp: __, ...own } = pdu.flow;
      flow = own;
    }
    const isCall = call !== null && pdu.msgtyp === 0 && call.frame === row + 1;
    const sent = isCall && (call.sec !== sec || call.nsec !== nsec) ? ([call.sec, call.nsec] as const) : null;
    const told = pdu.msgtyp === 1 && pdu.callFrame > 0 ? this.between(pdu.callFrame - 1, row) : -1;
    const timeNs = pdu.timeNs === told ? -1 : pdu.timeNs;
    const joined = !pdu.inFrame && pdu.buf === frame.tbuf;
    const inDatagram = joined ? pdu.off - frame.payloadOff : -1;
    const usual = !joined && fragmentCount === 1 && notes.length === 0 && dupOf === 0 && markBefore === 4;
    if (usual && flow === null && sent === null && timeNs < 0) return null;
    return { fragmentCount, fragmentFrames, notes, dupOf, markBefore, flow, sent, inDatagram, timeNs };
  }

  #pair(message: number, pdu: Pdu): void {
    if (pdu.msgtyp === 0) {
      if (pdu.dupOf > 0) this.peer.set(message, this.#find(pdu.dupOf, pdu.xid, 0));
      else this.calls.push(message);
      return;
    }
    this.outcome.set(message, this.#outcomeOf(pdu));
    const call = pdu.callFrame > 0 ? this.#find(pdu.callFrame, pdu.xid, 0) : -1;
    this.peer.set(message, call);
    if (call < 0) this.calls.push(message);
    else if (pdu.dupOf === 0) this.peer.set(call, message);
  }

  /** A call (0) or reply of a frame by its number. */
  #find(frame: number, xid: number, reply: 0 | typeof REPLY): number {
    const row = frame - 1;
    const [from, settled] = this.messagesOf(row);
    const to = row >= this.#settled ? this.#messages.length : settled;
    for (let m = from; m < to; m++) {
      if (this.xid.get(m) === xid && (this.messageBits.get(m) & (KIND_MASK | REPLY)) === reply) return m;
    }
    return -1;
  }

  #outcomeOf(pdu: Pdu): number {
    const h = this.#header;
    const status = parseHeader(pdu.view, pdu.off, pdu.off + pdu.len, h, Number.MAX_SAFE_INTEGER);
    if (h.replyStat === ReplyStat.ACCEPTED && h.acceptStat >= 0 && h.acceptStat <= 5) return 1 + h.acceptStat;
    if (h.replyStat === ReplyStat.DENIED && h.rejectStat >= 0 && h.rejectStat <= 1)
      return DENIED + h.rejectStat;
    return status === HeaderStatus.COMPLETE ? 0 : STRANGE;
  }

  #procedureOf({ program, version, procedure }: Pdu): number {
    const key = `${program}.${version}.${procedure}`;
    let id = this.#procedureIds.get(key);
    if (id === undefined) {
      // hostile captures name any number of them: beyond a bound they share one entry
      if (this.procedures.length >= MAX_PROCEDURES) return MAX_PROCEDURES - 1;
      id = this.procedures.push({ program, version, procedure }) - 1;
      this.#procedureIds.set(key, id);
    }
    return id;
  }

  #keep(value: PacketExtra | MessageExtra): number {
    const bytes = serialize(value);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    const at = this.scratch.append(length);
    this.scratch.append(bytes);
    return at;
  }

  #kept(at: number): unknown {
    const length = Buffer.alloc(4);
    if (at < 0 || this.scratch.read(at, length) < 4) return null;
    const bytes = Buffer.alloc(length.readUInt32LE());
    this.scratch.read(at + 4, bytes);
    return deserialize(bytes);
  }
}

const MAX_PROCEDURES = 65_536;
const NO_COMMENTS: readonly string[] = [];
const NO_OPTIONS: readonly PcapngOption[] = [];

/** Protocols by the layers that are theirs. */
const PROTOCOL_LAYERS: readonly (readonly [string, readonly number[]])[] = [
  ['eth', [Layer.ETHERNET]],
  ['vlan', [Layer.VLAN]],
  ['mpls', [Layer.MPLS]],
  ['sll', [Layer.SLL, Layer.SLL2]],
  ['null', [Layer.NULL]],
  ['ppp', [Layer.PPP]],
  ['raw', [Layer.RAW]],
  ['llc', [Layer.LLC]],
  ['arp', [Layer.ARP]],
  ['ip', [Layer.IPV4]],
  ['ipv6', [Layer.IPV6]],
  ['ah', [Layer.AH]],
  ['icmp', [Layer.ICMP]],
  ['icmpv6', [Layer.ICMPV6]],
  ['udp', [Layer.UDP]],
  ['tcp', [Layer.TCP]],
  ['sctp', [Layer.SCTP]],
  ['vxlan', [Layer.VXLAN]],
  ['geneve', [Layer.GENEVE]],
  ['gre', [Layer.GRE]],
  ['erspan', [Layer.ERSPAN]],
];

/** What a segment may tell of its connection for the first time, as bits. */
function newsOf({ tcpFlags, payloadLen }: Frame): number {
  const both = tcpFlags & (SYN | ACK);
  let news = both === 0 ? 0 : 1 << (both === SYN ? 1 : both === ACK ? 2 : 3);
  if (payloadLen > 0) news |= 16;
  if ((tcpFlags & FIN) !== 0) news |= 32;
  if ((tcpFlags & RST) !== 0) news |= 64;
  return news;
}

/** The last packets of each conversation so far. */
class FlowEnds {
  #last = new Int32Array(1024).fill(-1);
  #milestone = new Int32Array(1024).fill(-1);
  /** of both directions; 1: a packet was seen */
  #seen = new Uint16Array(1024);

  last(flow: number): number {
    return this.#last[flow] ?? -1;
  }

  /** Adds a packet; the conversation's packet before it, and its milestone before it. */
  add(flow: number, row: number, news: number, dir: 0 | 1): readonly [previous: number, milestone: number] {
    if (flow >= this.#last.length) this.#grow(flow);
    const before = [this.#last[flow]!, this.#milestone[flow]!] as const;
    const bits = (news | 1) << (dir === 0 ? 0 : 8);
    this.#last[flow] = row;
    if ((this.#seen[flow]! | bits) !== this.#seen[flow]) {
      this.#seen[flow] = this.#seen[flow]! | bits;
      this.#milestone[flow] = row;
    }
    return before;
  }

  #grow(flow: number): void {
    const size = Math.max(flow + 1, this.#last.length * 2);
    const grown = (old: Int32Array) => {
      const wider = new Int32Array(size).fill(-1);
      wider.set(old);
      return wider;
    };
    this.#last = grown(this.#last);
    this.#milestone = grown(this.#milestone);
    const seen = new Uint16Array(size);
    seen.set(this.#seen);
    this.#seen = seen;
  }
}
