/** Random captures for property tests: packets, and the same packets as a pcap or a pcapng file. */
import fc from 'fast-check';
import { pcapHeader, pcapRecord } from '../../../dissector/capture/write-pcap.ts';
import {
  comment,
  enhancedPacket,
  interfaceDescription,
  pcapngBlock,
  sectionHeader,
} from '../../../dissector/capture/write-pcapng.ts';

export interface RandomPacket {
  readonly sec: number;
  readonly nsec: number;
  readonly data: Uint8Array;
  readonly lost: number;
  readonly interfaceId: number;
  readonly comments: readonly string[];
}

export const randomPackets = fc.array(
  fc.record({
    sec: fc.integer({ min: 0, max: 0xffffffff }),
    nsec: fc.integer({ min: 0, max: 999_999 }).map((micros) => micros * 1000),
    data: fc.uint8Array({ maxLength: 200 }),
    lost: fc.nat(5000),
    interfaceId: fc.nat(1),
    comments: fc.array(fc.string({ maxLength: 9 }), { maxLength: 2 }),
  }),
  { maxLength: 20 },
);

export function asPcap(packets: readonly RandomPacket[]): Buffer {
  const records = packets.map((p) => pcapRecord(p.sec, p.nsec / 1000, p.data, p.data.length + p.lost));
  return Buffer.concat([pcapHeader(1), ...records]);
}

/** Two interfaces (Ethernet and raw IP), and a block between packets that nobody knows. */
export function asPcapng(packets: readonly RandomPacket[]): Buffer {
  const blocks = packets.flatMap((p) => [
    enhancedPacket(p.interfaceId, p.sec, p.nsec, p.data, p.data.length + p.lost, p.comments.map(comment)),
    pcapngBlock(0x7777, p.data.subarray(0, 20)),
  ]);
  return Buffer.concat([sectionHeader(), interfaceDescription(1), interfaceDescription(101), ...blocks]);
}
