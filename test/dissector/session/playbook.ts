/**
 * Playbooks for the session layer: RPC messages and record marks as bytes, and a network that turns segments and
 * datagrams into Frames and says what PDUs came out of each.
 */
import type { Flow } from '../../../dissector/network/flow.ts';
import { type Frame, Layer } from '../../../dissector/network/frame.ts';
import type { Pdu } from '../../../dissector/session/pdu.ts';
import type { PduList } from '../../../dissector/session/pdu-list.ts';
import { u32 } from '../network/build.ts';

export const NFS = 100003;
export const UNKNOWN = 0x20001234;
const KNOWN = new Set([100000, NFS, 100005, 0x40000000]);
export const knownProgram = (program: number): boolean => KNOWN.has(program);

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;

// --- messages

export interface CallParts {
  program?: number;
  version?: number;
  procedure?: number;
  rpcvers?: number;
  flavor?: number;
  args?: Uint8Array;
}

/** A call of NFS version 3 GETATTR unless told otherwise; empty credential and verifier. */
export function call(xid: number, p: CallParts = {}): Buffer {
  const head = u32(xid, 0, p.rpcvers ?? 2, p.program ?? NFS, p.version ?? 3, p.procedure ?? 1);
  return Buffer.concat([head, u32(p.flavor ?? 0, 0, 0, 0), p.args ?? Buffer.alloc(36, 7)]);
}

/** An accepted, successful reply. */
export function reply(xid: number, result: Uint8Array = Buffer.alloc(88, 5)): Buffer {
  return Buffer.concat([u32(xid, 1, 0, 0, 0, 0), result]);
}

/** A record: fragments of the given lengths, the rest in the last one. */
export function record(message: Uint8Array, ...cuts: number[]): Buffer {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const cut of cuts) {
    parts.push(u32(cut), message.subarray(at, at + cut));
    at += cut;
  }
  parts.push(u32(0x80000000 + message.length - at), message.subarray(at));
  return Buffer.concat(parts);
}

// --- the network

/** What is compared in playbooks: one line a PDU. */
export function describePdu(p: Pdu): string {
  if (p.kind !== 'message') return p.kind;
  const dup = p.dupOf > 0 ? ` dup ${p.dupOf}` : '';
  const notes = p.notes.length > 0 ? ` (${p.notes.join(', ')})` : '';
  const program = p.program < 0 ? '?' : `${p.program}.${p.version}.${p.procedure}`;
  if (p.msgtyp === 0)
    return `call ${p.xid} ${program}${p.replyFrame > 0 ? ` -> ${p.replyFrame}` : ''}${dup}${notes}`;
  return `reply ${p.xid} ${program} <- ${p.callFrame}${dup}${notes}`;
}

export interface Processor {
  process(frame: Frame): PduList;
  finish(): PduList;
}

export class Network {
  readonly processor: Processor;
  /** per frame, from 1 */
  readonly seen: string[][] = [[]];
  number = 0;
  /** nanoseconds within the capture */
  clock = 0;
  #tcpFlows = 0;
  #udpFlows = 0;
  readonly #udp = new Map<string, Flow>();

  constructor(processor: Processor) {
    this.processor = processor;
  }

  /** All PDUs so far, in order. */
  get all(): string[] {
    return this.seen.flat();
  }

  finish(): string[] {
    const list = this.processor.finish();
    return list.pdus.slice(0, list.count).map(describePdu);
  }

  tcp(a: string, aPort: number, b: string, bPort: number): Flow {
    return this.#flow(6, this.#tcpFlows++, a, aPort, b, bPort);
  }

  /** A datagram; `captured` bytes of it unless all. Returns its PDUs. */
  datagram(
    from: string,
    fromPort: number,
    to: string,
    toPort: number,
    payload: Uint8Array,
    captured?: number,
  ): string[] {
    const there = `${from} ${fromPort} ${to} ${toPort}`;
    const back = `${to} ${toPort} ${from} ${fromPort}`;
    let flow = this.#udp.get(there) ?? this.#udp.get(back);
    if (flow === undefined) {
      flow = this.#flow(17, this.#udpFlows++, from, fromPort, to, toPort);
      this.#udp.set(there, flow);
    }
    const dir = flow.aAddr === from && flow.aPort === fromPort ? 0 : 1;
    return this.#frame(flow, dir, payload, captured ?? payload.length, 0, 0, 0);
  }

  segment(
    flow: Flow,
    dir: 0 | 1,
    seq: number,
    ack: number,
    flags: number,
    payload: Uint8Array,
    captured?: number,
  ): string[] {
    return this.#frame(flow, dir, payload, captured ?? payload.length, seq, ack, flags);
  }

  #flow(protocol: 6 | 17, index: number, aAddr: string, aPort: number, bAddr: string, bPort: number): Flow {
    const firstFrame = this.number + 1;
    return { protocol, index, aAddr, aPort, bAddr, bPort, firstFrame, session: null, tcp: null };
  }

  #frame(
    flow: Flow,
    dir: 0 | 1,
    payload: Uint8Array,
    captured: number,
    seq: number,
    ack: number,
    flags: number,
  ): string[] {
    this.number++;
    this.clock += 1_000_000;
    const header = 40;
    // The packet stands in the middle of a bigger buffer, as with a file reader.
    const buf = Buffer.concat([Buffer.alloc(16 + header), payload.subarray(0, captured), Buffer.alloc(8)]);
    const view = new DataView(buf.buffer, buf.byteOffset, buf.length);
    const sec = Math.floor(this.clock / 1e9);
    const frame: Frame = {
      packet: {
        number: this.number,
        sec: 1000 + sec,
        nsec: this.clock - sec * 1e9,
        hasTime: true,
        caplen: header + captured,
        len: header + payload.length,
        buf,
        view,
        off: 16,
        linkType: 101,
        interfaceId: 0,
        section: 1,
        comments: [],
        options: [],
      },
      layers: [
        {
          kind: flow.protocol === 6 ? Layer.TCP : Layer.UDP,
          buf,
          view,
          off: 16 + 20,
          payload: 16 + header,
          end: 16 + header + captured,
          reassembled: false,
          flow: null,
          fragmentFrames: null,
        },
      ],
      layerCount: 1,
      ipLayer: -1,
      transport: flow.protocol,
      transportLayer: 0,
      quoteLayer: -1,
      tunnelLayer: -1,
      srcPort: dir === 0 ? flow.aPort : flow.bPort,
      dstPort: dir === 0 ? flow.bPort : flow.aPort,
      tbuf: buf,
      tview: view,
      payloadOff: 16 + header,
      payloadLen: captured,
      wireLen: payload.length,
      seq: seq >>> 0,
      ack: ack >>> 0,
      tcpFlags: flags,
      window: 65535,
      flow,
      dir,
      fragment: false,
      fragmentFrames: null,
      malformed: null,
    };
    const list = this.processor.process(frame);
    const lines = list.pdus.slice(0, list.count).map(describePdu);
    this.seen.push(lines);
    // The packet is gone: whoever still looks at it sees nonsense.
    buf.fill(0xee);
    return lines;
  }
}

/** A TCP connection whose bytes are sent in order unless the test says otherwise. */
export class Wire {
  readonly network: Network;
  readonly flow: Flow;
  readonly seq: [number, number];

  /** With a handshake unless `midstream`. */
  constructor(network: Network, o: { midstream?: boolean; port?: number; isn?: [number, number] } = {}) {
    this.network = network;
    this.flow = network.tcp('10.0.0.1', 40001, '10.0.0.2', o.port ?? 2049);
    this.seq = o.isn ?? [1000, 500000];
    if (o.midstream === true) return;
    network.segment(this.flow, 0, this.seq[0]++, 0, SYN, Buffer.alloc(0));
    network.segment(this.flow, 1, this.seq[1]++, this.seq[0], SYN | ACK, Buffer.alloc(0));
    network.segment(this.flow, 0, this.seq[0], this.seq[1], ACK, Buffer.alloc(0));
  }

  /** Sends bytes in segments of the given sizes (the rest in one); returns the PDUs of all of them. */
  send(dir: 0 | 1, bytes: Uint8Array, ...sizes: number[]): string[] {
    return this.cut(dir, bytes, ...sizes).flatMap(([seq, part]) => this.raw(dir, seq, part));
  }

  /** The segments that `send` would send; the stream counts them as sent. */
  cut(dir: 0 | 1, bytes: Uint8Array, ...sizes: number[]): [seq: number, bytes: Uint8Array][] {
    const out: [number, Uint8Array][] = [];
    let at = 0;
    let i = 0;
    while (at < bytes.length) {
      const size = sizes[i++] ?? bytes.length - at;
      const part = bytes.subarray(at, at + size);
      out.push([this.seq[dir], part]);
      this.seq[dir] = (this.seq[dir] + part.length) >>> 0;
      at += size;
    }
    return out;
  }

  raw(dir: 0 | 1, seq: number, bytes: Uint8Array, flags = ACK | PSH, captured?: number): string[] {
    const back = dir === 0 ? 1 : 0;
    return this.network.segment(this.flow, dir, seq, this.seq[back], flags, bytes, captured);
  }
}
