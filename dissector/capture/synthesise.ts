/**
 * Messages as packets of a capture that never was: recorded connections become TCP over IPv4 or IPv6 (UDP stays
 * UDP) in a pcapng, with handshake, right sequence numbers and checksums, so that TLS, UNIX and ssh traffic opens in
 * Wireshark in the clear. The sink has the shape that transport/record.ts draws. Bytes out through a function, each
 * call whole blocks; what that throws is the caller's. No files here (record-file.ts), no clock but the given one.
 */
import {
  comment,
  enhancedPacket,
  interfaceDescription,
  type PcapngOption,
  sectionHeader,
} from './write-pcapng.ts';

// --- constants

/** LINKTYPE_RAW: a packet begins with its IP header, whatever the version. */
const LINKTYPE_RAW = 101;

/** Longest TCP payload of a segment; with its headers far below what an IP packet may hold. */
const SEGMENT_BYTES = 16 * 1024;

/** Longest UDP payload of an IPv4 packet. */
const DATAGRAM_BYTES = 65_507;

/** What is said of the whole of such a capture. */
export const SYNTHESISED = 'messages recorded by oncilla; IP, TCP and UDP headers are synthesised';

const NO_BYTES = new Uint8Array(0);

const TCP = 6;
const UDP = 17;

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const PSH = 0x08;
const ACK = 0x10;

/** Window scale 14: no amount of unacknowledged data looks too much. */
const SYN_OPTIONS = Uint8Array.of(3, 3, 14, 1);
const WINDOW = 65_535;

/** Where ends without an IP address are put: loopback, with ports that tell connections apart. */
const STAND_IN = '127.0.0.1';
const STAND_IN_PORT = 16_609;
const FIRST_PORT = 49_152;
const PORTS = 16_384;

// --- types

export interface SynthesiseEndpoint {
  readonly text: string;
  readonly address: string;
  readonly port: number;
}

export interface SynthesisedConnection {
  readonly kind: 'tcp' | 'unix' | 'tls' | 'ssh' | 'pipe' | 'udp';
  /** `client` when this side opened it */
  readonly side: 'client' | 'server';
  readonly local: SynthesiseEndpoint;
  readonly remote: SynthesiseEndpoint;
}

export type Direction = 'sent' | 'received';

export interface SynthesisedSink {
  message(direction: Direction, parts: readonly Uint8Array[]): void;
  end(direction: Direction): void;
  /** `by`: whose reset it was; default `sent` */
  closed(reset: boolean, by?: Direction): void;
}

/** Now, since the epoch. */
export interface Instant {
  readonly sec: number;
  readonly nsec: number;
}

export interface SynthesiserOptions {
  /** takes whole blocks, in order */
  readonly write: (blocks: Uint8Array) => void;
  readonly now: () => Instant;
}

/** One side of a synthesised connection. */
interface Side {
  readonly address: Uint8Array;
  readonly port: number;
  /** the next byte's sequence number */
  seq: number;
  ended: boolean;
}

// --- emit

/** Writes the file's header at once; then any number of connections, interleaved as they come. */
export class Synthesiser {
  readonly #options: SynthesiserOptions;
  #last: Instant = { sec: 0, nsec: 0 };
  #connections = 0;
  #identification = 0;
  #blocks: Buffer[] = [];

  constructor(options: SynthesiserOptions) {
    this.#options = options;
    options.write(
      Buffer.concat([
        sectionHeader([comment(SYNTHESISED)]),
        interfaceDescription(LINKTYPE_RAW, 0, [[2, Buffer.from('oncilla')]]),
      ]),
    );
  }

  open(connection: SynthesisedConnection): SynthesisedSink {
    const index = this.#connections++;
    const { client, server } = ends(connection, index);
    return connection.kind === 'udp'
      ? this.#openUdp(connection.side, client, server)
      : this.#openTcp(connection, client, server);
  }

  #openTcp(connection: SynthesisedConnection, client: Side, server: Side): SynthesisedSink {
    const from = (direction: Direction): Side =>
      (direction === 'sent') === (connection.side === 'client') ? client : server;
    const other = (side: Side): Side => (side === client ? server : client);
    const note: PcapngOption[] =
      connection.kind === 'tcp'
        ? []
        : [comment(`${connection.kind}: ${connection.local.text} - ${connection.remote.text}`)];
    const fin = (side: Side): void => {
      if (side.ended) return;
      side.ended = true;
      this.#segment(side, other(side), FIN | ACK, NO_BYTES);
      side.seq = (side.seq + 1) >>> 0;
    };
    this.#segment(client, server, SYN, NO_BYTES, note);
    client.seq = (client.seq + 1) >>> 0;
    this.#segment(server, client, SYN | ACK, NO_BYTES);
    server.seq = (server.seq + 1) >>> 0;
    this.#segment(client, server, ACK, NO_BYTES);
    this.#flush();
    return {
      message: (direction, parts) => {
        const side = from(direction);
        this.#data(side, other(side), parts);
        this.#flush();
      },
      end: (direction) => {
        fin(from(direction));
        this.#flush();
      },
      closed: (reset, by = 'sent') => {
        if (reset) {
          const side = from(by);
          this.#segment(side, other(side), RST | ACK, NO_BYTES);
        } else if (!client.ended || !server.ended) {
          fin(from('sent'));
          fin(from('received'));
          this.#segment(from('sent'), from('received'), ACK, NO_BYTES);
        }
        this.#flush();
      },
    };
  }

  #openUdp(side: 'client' | 'server', client: Side, server: Side): SynthesisedSink {
    return {
      message: (direction, parts) => {
        const toServer = (direction === 'sent') === (side === 'client');
        const payload = Buffer.concat(parts).subarray(0, DATAGRAM_BYTES);
        this.#packet(toServer ? client : server, toServer ? server : client, UDP, udpHeader, payload, []);
        this.#flush();
      },
      end: () => {},
      closed: () => {},
    };
  }

  /** A message in as many segments as it takes. */
  #data(from: Side, to: Side, parts: readonly Uint8Array[]): void {
    const whole = Buffer.concat(parts);
    for (let at = 0; at < whole.length; at += SEGMENT_BYTES) {
      const payload = whole.subarray(at, at + SEGMENT_BYTES);
      const flags = at + payload.length === whole.length ? PSH | ACK : ACK;
      this.#segment(from, to, flags, payload);
      from.seq = (from.seq + payload.length) >>> 0;
    }
  }

  #segment(from: Side, to: Side, flags: number, payload: Uint8Array, options: PcapngOption[] = []): void {
    const ack = flags & ACK ? to.seq : 0;
    const header = (): Buffer => tcpHeader(from, to, flags, ack);
    this.#packet(from, to, TCP, header, payload, options);
  }

  #packet(
    from: Side,
    to: Side,
    protocol: number,
    header: (from: Side, to: Side, length: number) => Buffer,
    payload: Uint8Array,
    options: PcapngOption[],
  ): void {
    const transport = header(from, to, payload.length);
    const body = Buffer.concat([transport, payload]);
    body.writeUInt16BE(transportChecksum(from, to, protocol, body), protocol === TCP ? 16 : 6);
    const packet = Buffer.concat([this.#ipHeader(from, to, protocol, body.length), body]);
    const { sec, nsec } = this.#time();
    this.#blocks.push(enhancedPacket(0, sec, nsec, packet, packet.length, options));
  }

  #ipHeader(from: Side, to: Side, protocol: number, length: number): Buffer {
    if (from.address.length === 16) {
      const header = Buffer.alloc(40);
      header.writeUInt32BE(0x60000000, 0);
      header.writeUInt16BE(length, 4);
      header[6] = protocol;
      header[7] = 64;
      header.set(from.address, 8);
      header.set(to.address, 24);
      return header;
    }
    const header = Buffer.alloc(20);
    header[0] = 0x45;
    header.writeUInt16BE(20 + length, 2);
    header.writeUInt16BE(this.#identification++ & 0xffff, 4);
    // Don't fragment.
    header.writeUInt16BE(0x4000, 6);
    header[8] = 64;
    header[9] = protocol;
    header.set(from.address, 12);
    header.set(to.address, 16);
    header.writeUInt16BE(~sum(header, 0) & 0xffff, 10);
    return header;
  }

  /** Captures go forward in time, whatever a clock that is being set does. */
  #time(): Instant {
    const now = this.#options.now();
    const { sec, nsec } = this.#last;
    if (now.sec > sec || (now.sec === sec && now.nsec > nsec)) this.#last = now;
    return this.#last;
  }

  #flush(): void {
    const blocks = this.#blocks;
    this.#blocks = [];
    this.#options.write(blocks.length === 1 ? (blocks[0] as Buffer) : Buffer.concat(blocks));
  }
}

/** The ends as they stand in packets: their own addresses where both are of one IP version, else stand-ins. */
function ends(connection: SynthesisedConnection, index: number): { client: Side; server: Side } {
  const { local, remote, side, kind } = connection;
  const [a, b] = side === 'client' ? [local, remote] : [remote, local];
  const from = addressBytes(a.address);
  const to = addressBytes(b.address);
  // Apart for each connection, so that they do not look like one gone on.
  const seq = Math.imul(index + 1, 0x01000193) >>> 0;
  const real = kind !== 'unix' && kind !== 'ssh' && kind !== 'pipe';
  if (real && from !== null && to !== null && from.length === to.length) {
    return {
      client: { address: from, port: a.port, seq, ended: false },
      server: { address: to, port: b.port, seq: ~seq >>> 0, ended: false },
    };
  }
  const loopback = addressBytes(STAND_IN) as Uint8Array;
  return {
    client: { address: loopback, port: FIRST_PORT + (index % PORTS), seq, ended: false },
    server: { address: loopback, port: STAND_IN_PORT, seq: ~seq >>> 0, ended: false },
  };
}

/** 4 or 16 bytes; null for what is no address. A zone (`%eth0`) is left out. */
export function addressBytes(text: string): Uint8Array | null {
  const v4 = ipv4Bytes(text);
  if (v4 !== null) return v4;
  const [address = ''] = text.split('%');
  const halves = address.split('::');
  if (!address.includes(':') || halves.length > 2) return null;
  const [head, tail] = halves.map((half) => groupBytes(half));
  if (head === null || head === undefined || tail === null) return null;
  const known = head.length + (tail?.length ?? 0);
  if (tail === undefined ? known !== 16 : known > 14) return null;
  return Uint8Array.from([...head, ...new Array<number>(16 - known).fill(0), ...(tail ?? [])]);
}

function ipv4Bytes(text: string): Uint8Array | null {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return null;
  const bytes = text.split('.').map(Number);
  return bytes.every((byte) => byte <= 255) ? Uint8Array.from(bytes) : null;
}

/** Colon-separated groups, the last of which may be dotted decimal. */
function groupBytes(text: string): number[] | null {
  if (text === '') return [];
  const bytes: number[] = [];
  for (const group of text.split(':')) {
    const v4 = ipv4Bytes(group);
    if (v4 !== null) bytes.push(...v4);
    else if (/^[0-9A-Fa-f]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >>> 8, value & 0xff);
    } else return null;
  }
  return bytes;
}

function tcpHeader(from: Side, to: Side, flags: number, ack: number): Buffer {
  const options = flags & SYN ? SYN_OPTIONS : null;
  const header = Buffer.alloc(20 + (options?.length ?? 0));
  header.writeUInt16BE(from.port, 0);
  header.writeUInt16BE(to.port, 2);
  header.writeUInt32BE(from.seq, 4);
  header.writeUInt32BE(ack, 8);
  header[12] = (header.length / 4) << 4;
  header[13] = flags;
  header.writeUInt16BE(WINDOW, 14);
  if (options !== null) header.set(options, 20);
  return header;
}

function udpHeader(from: Side, to: Side, length: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(from.port, 0);
  header.writeUInt16BE(to.port, 2);
  header.writeUInt16BE(8 + length, 4);
  return header;
}

/** RFC 9293 section 3.1 and RFC 8200 section 8.1: over pseudo-header and body. Zero would mean "none" in UDP. */
function transportChecksum(from: Side, to: Side, protocol: number, body: Uint8Array): number {
  const pseudo = sum(from.address, 0) + sum(to.address, 0) + protocol + body.length;
  const checksum = ~sum(body, pseudo) & 0xffff;
  return checksum === 0 && protocol === UDP ? 0xffff : checksum;
}

/** The ones' complement sum of 16-bit words, carried in. */
function sum(bytes: Uint8Array, start: number): number {
  let total = start;
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    total += ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
  }
  if (bytes.length % 2 === 1) total += (bytes[bytes.length - 1] as number) << 8;
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000);
  return total;
}
