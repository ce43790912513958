/** Captures of made-up packets: what goes over a TCP connection, cut, lost and sent in another order as a test wants. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pcapHeader, pcapRecord } from '../../dissector/capture/write-pcap.ts';
import { TCP_FLAGS, tcpPacket } from '../dissector/network/build.ts';

export const CLIENT = '10.0.0.1';
export const SERVER = '10.0.0.2';
const { SYN, PSH, ACK } = TCP_FLAGS;

const folder = mkdtempSync(join(tmpdir(), 'oncilla-made-'));
process.once('exit', () => rmSync(folder, { recursive: true }));

/** Packets a millisecond apart, as a capture file. */
export class Capture {
  readonly #records: Buffer[] = [pcapHeader(1)];
  #written = '';

  add(packet: Buffer): this {
    const micros = (this.#records.length - 1) * 1000;
    this.#records.push(pcapRecord(1_700_000_000, micros, packet));
    return this;
  }

  get file(): string {
    if (this.#written === '') {
      this.#written = join(folder, `${Math.random().toString(36).slice(2)}.pcap`);
      writeFileSync(this.#written, Buffer.concat(this.#records));
    }
    return this.#written;
  }
}

export interface Segment {
  readonly fromClient: boolean;
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/** A TCP connection, opened with a handshake unless it is joined late. */
export class Connection {
  readonly capture: Capture;
  readonly #port: number;
  readonly #clientPort: number;
  /** next of client and server */
  readonly #next: [number, number] = [1001, 500_001];

  constructor({ capture = new Capture(), port = 2049, clientPort = 50_001, joined = false } = {}) {
    this.capture = capture;
    this.#port = port;
    this.#clientPort = clientPort;
    if (joined) return;
    this.#packet(true, SYN, 1000, 0);
    this.#packet(false, SYN | ACK, 500_000, 1001);
    this.#packet(true, ACK, 1001, 500_001);
  }

  /** From the client (`c`) or the server, in segments of these sizes, the rest in one. */
  send(from: 'c' | 's', bytes: Uint8Array, ...sizes: number[]): this {
    for (const segment of this.cut(from, bytes, ...sizes)) this.put(segment);
    return this;
  }

  /** The segments that `send` would send: the connection counts them as sent. */
  cut(from: 'c' | 's', bytes: Uint8Array, ...sizes: number[]): Segment[] {
    const side = from === 'c' ? 0 : 1;
    const segments: Segment[] = [];
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const part = bytes.subarray(at, at + (sizes[i] ?? bytes.length));
      segments.push({ fromClient: from === 'c', seq: this.#next[side], bytes: part });
      this.#next[side] += part.length;
      at += part.length;
    }
    return segments;
  }

  put({ fromClient, seq, bytes }: Segment): this {
    this.#packet(fromClient, PSH | ACK, seq, this.#next[fromClient ? 1 : 0], bytes);
    return this;
  }

  #packet(fromClient: boolean, flags: number, seq: number, ack: number, bytes?: Uint8Array): void {
    const [from, to] = fromClient ? [CLIENT, SERVER] : [SERVER, CLIENT];
    const ports = { srcPort: this.#clientPort, dstPort: this.#port };
    if (!fromClient) [ports.srcPort, ports.dstPort] = [ports.dstPort, ports.srcPort];
    this.capture.add(tcpPacket(from, to, { ...ports, seq, ack, flags }, bytes));
  }
}
