/** The pcapng file format, written: little-endian, version 1.0. Bytes in, bytes out. */
import type { PcapngOption } from './interface.ts';

export type { PcapngOption } from './interface.ts';

/** A whole block around `body`; both lengths and the padding are added. */
export function pcapngBlock(type: number, body: Uint8Array): Buffer {
  const padded = (body.length + 3) & ~3;
  const b = Buffer.alloc(12 + padded);
  b.writeUInt32LE(type, 0);
  b.writeUInt32LE(b.length, 4);
  b.set(body, 8);
  b.writeUInt32LE(b.length, 8 + padded);
  return b;
}

/** A Section Header Block of unknown section length. */
export function sectionHeader(options: readonly PcapngOption[] = []): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(0x1a2b3c4d, 0);
  body.writeUInt16LE(1, 4);
  body.writeBigInt64LE(-1n, 8);
  return pcapngBlock(0x0a0d0d0a, withOptions(body, options));
}

/** An Interface Description Block; timestamps are in nanoseconds unless an option if_tsresol (9) says otherwise. */
export function interfaceDescription(
  linkType: number,
  snapLength = 0,
  options: readonly PcapngOption[] = [],
): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(linkType, 0);
  body.writeUInt32LE(snapLength, 4);
  return pcapngBlock(
    1,
    withOptions(body, options.some(([code]) => code === 9) ? options : [[9, Uint8Array.of(9)], ...options]),
  );
}

/** An Enhanced Packet Block on an interface with timestamps in that many units a second. */
export function enhancedPacket(
  interfaceId: number,
  sec: number,
  nsec: number,
  data: Uint8Array,
  len: number = data.length,
  options: readonly PcapngOption[] = [],
  unitsPerSecond = 1_000_000_000n,
): Buffer {
  const padded = (data.length + 3) & ~3;
  const body = Buffer.alloc(20 + padded);
  whenAndWhere(body, interfaceId, sec, nsec, unitsPerSecond);
  body.writeUInt32LE(data.length, 12);
  body.writeUInt32LE(len, 16);
  body.set(data, 20);
  return pcapngBlock(6, withOptions(body, options));
}

/** A Simple Packet Block: no time, and of the section's first interface. */
export function simplePacket(data: Uint8Array, len: number = data.length): Buffer {
  const body = Buffer.alloc(4 + data.length);
  body.writeUInt32LE(len, 0);
  body.set(data, 4);
  return pcapngBlock(3, body);
}

/** What a system tells of an interface at the end of a capture; null where it does not. */
export interface InterfaceCounts {
  readonly received: number | null;
  readonly dropped: number | null;
}

/** An Interface Statistics Block: what the system says that it received and lost; time as in `enhancedPacket`. */
export function interfaceStatistics(
  interfaceId: number,
  sec: number,
  nsec: number,
  counts: InterfaceCounts,
  unitsPerSecond = 1_000_000_000n,
): Buffer {
  const body = Buffer.alloc(12);
  whenAndWhere(body, interfaceId, sec, nsec, unitsPerSecond);
  const options: PcapngOption[] = [];
  const count = (code: number, value: number | null): void => {
    if (value === null) return;
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    options.push([code, bytes]);
  };
  count(4, counts.received);
  count(5, counts.dropped);
  return pcapngBlock(5, withOptions(body, options));
}

/** A Decryption Secrets Block; type 0x544c534b is a TLS key log. */
export function decryptionSecrets(type: number, data: Uint8Array): Buffer {
  const body = Buffer.alloc(8 + data.length);
  body.writeUInt32LE(type, 0);
  body.writeUInt32LE(data.length, 4);
  body.set(data, 8);
  return pcapngBlock(10, body);
}

/** The interface and the time that packets and statistics begin with; of a time between two units the later. */
function whenAndWhere(body: Buffer, interfaceId: number, sec: number, nsec: number, units: bigint): void {
  const time = BigInt(sec) * units + (BigInt(nsec) * units + 999_999_999n) / 1_000_000_000n;
  body.writeUInt32LE(interfaceId, 0);
  body.writeUInt32LE(Number(time >> 32n), 4);
  body.writeUInt32LE(Number(time & 0xffffffffn), 8);
}

/** A comment on the block it stands in. */
export function comment(text: string): PcapngOption {
  return [1, Buffer.from(text)];
}

function withOptions(body: Buffer, options: readonly PcapngOption[]): Buffer {
  if (options.length === 0) return body;
  const parts = [body];
  for (const [code, value] of options) {
    const option = Buffer.alloc(4 + ((value.length + 3) & ~3));
    option.writeUInt16LE(code, 0);
    option.writeUInt16LE(value.length, 2);
    option.set(value, 4);
    parts.push(option);
  }
  parts.push(Buffer.alloc(4));
  return Buffer.concat(parts);
}
