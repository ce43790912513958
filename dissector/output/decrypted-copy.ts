/**
 * A copy of a capture in which TLS connections that could be opened carry what was inside them: each segment keeps its
 * headers and time, and has the application data of the records that end in it for payload, with sequence numbers,
 * lengths and checksums to match. A connection that stays sealed is copied as it is. Bounded; throws what the copy's
 * sink throws.
 */
import type { CaptureCopy, CopySource } from '../capture/write-copy.ts';
import { type Frame, Layer } from '../network/frame.ts';
import type { PduList } from '../session/pdu-list.ts';
import { decryptedData } from '../tls/record.ts';

const TCP = 6;
const FIN = 1;
const SYN = 2;
const ACK = 0x10;
/** as much as an IP packet holds beside long headers */
const MAX_PAYLOAD = 65_000;
const MAX_CONNECTIONS = 65_536;

/** A connection from its first TLS record on: the next sequence number of each direction, -1 while none was seen. */
interface Opened {
  readonly next: [number, number];
  sealed: boolean;
}

export class DecryptedCopy {
  readonly #copy: CaptureCopy;
  readonly #connections = new Map<number, Opened>();

  constructor(copy: CaptureCopy) {
    this.#copy = copy;
  }

  frame(frame: Frame, { tls }: PduList, source: CopySource): void {
    const { packet, flow } = frame;
    const connection =
      flow === null || frame.transport !== TCP ? undefined : this.#connection(flow.index, tls.length > 0);
    const own = frame.layers[frame.transportLayer]?.buf === packet.buf;
    // records of the other direction are what this packet's acknowledgement settles, so something of them was lost
    const whole = tls.every((record) => record.dir === frame.dir);
    const plain = whole ? decryptedData(tls) : null;
    if (connection !== undefined && plain === null) connection.sealed = true;
    if (connection === undefined || connection.sealed || plain === null || !own) {
      this.#copy.packet(packet, source);
      return;
    }
    for (let at = 0; at === 0 || at < plain.length; at += MAX_PAYLOAD) {
      const bytes = this.#rewritten(frame, connection.next, plain.subarray(at, at + MAX_PAYLOAD));
      this.#copy.record(packet, source, bytes, bytes.length);
    }
  }

  /** The connection, when TLS has begun on it. */
  #connection(index: number, begins: boolean): Opened | undefined {
    let connection = this.#connections.get(index);
    if (connection === undefined && begins) {
      const [oldest] = this.#connections.keys();
      if (this.#connections.size >= MAX_CONNECTIONS && oldest !== undefined) this.#connections.delete(oldest);
      connection = { next: [-1, -1], sealed: false };
      this.#connections.set(index, connection);
    }
    return connection;
  }

  /** The packet's headers with another payload behind them. */
  #rewritten(frame: Frame, next: [number, number], payload: Buffer): Buffer {
    const { packet, dir, tcpFlags } = frame;
    const tcp = frame.layers[frame.transportLayer]!;
    const ip = frame.layers[frame.ipLayer]!;
    const head = packet.buf.subarray(packet.off, tcp.payload);
    const bytes = Buffer.concat([head, payload]);
    const at = tcp.off - packet.off;
    const other = dir === 0 ? 1 : 0;
    if (next[dir] < 0 || (tcpFlags & SYN) !== 0) next[dir] = frame.seq;
    bytes.writeUInt32BE(next[dir], at + 4);
    if ((tcpFlags & ACK) !== 0 && next[other] >= 0) bytes.writeUInt32BE(next[other], at + 8);
    next[dir] = (next[dir] + payload.length + ((tcpFlags & (SYN | FIN)) !== 0 ? 1 : 0)) >>> 0;
    setIpLength(bytes, ip.off - packet.off, ip.kind === Layer.IPV4);
    setChecksum(bytes, ip.off - packet.off, at, ip.kind === Layer.IPV4);
    return bytes;
  }
}

/** The length of what follows, and with IPv4 the checksum over it. */
function setIpLength(bytes: Buffer, ip: number, v4: boolean): void {
  if (!v4) {
    bytes.writeUInt16BE(bytes.length - ip - 40, ip + 4);
    return;
  }
  const headerLength = (bytes[ip]! & 15) * 4;
  bytes.writeUInt16BE(bytes.length - ip, ip + 2);
  bytes.writeUInt16BE(0, ip + 10);
  bytes.writeUInt16BE(~onesSum(bytes, ip, ip + headerLength, 0) & 0xffff, ip + 10);
}

/** RFC 9293 section 3.1: over addresses, protocol, length and segment. */
function setChecksum(bytes: Buffer, ip: number, tcp: number, v4: boolean): void {
  const [from, to] = v4 ? [ip + 12, ip + 20] : [ip + 8, ip + 40];
  bytes.writeUInt16BE(0, tcp + 16);
  const pseudo = onesSum(bytes, from, to, TCP + bytes.length - tcp);
  bytes.writeUInt16BE(~onesSum(bytes, tcp, bytes.length, pseudo) & 0xffff, tcp + 16);
}

/** The ones' complement sum of 16-bit words. */
function onesSum(bytes: Buffer, from: number, to: number, start: number): number {
  let total = start;
  for (let i = from; i < to; i += 2) total += (bytes[i]! << 8) | (i + 1 < to ? bytes[i + 1]! : 0);
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000);
  return total;
}
