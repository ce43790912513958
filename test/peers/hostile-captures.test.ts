/**
 * Captures made to make a reader of captures remember: fragments, connections and calls that never end, and bytes that
 * inflate. What is held must not grow with their number.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { CaptureParser, type Packet } from '../../dissector/capture/index.ts';
import { pcapHeader, pcapRecord } from '../../dissector/capture/write-pcap.ts';
import { Inspection } from '../../dissector/inspect.ts';
import { ETHERTYPE, ethernet, ipv4, TCP_FLAGS, tcp, u32, udp } from '../dissector/network/build.ts';
import { recorded } from '../dissector/tls/recorded.ts';

const PACKETS = 100_000;
/** What all the limits of the dissector together may hold. */
const MOST_GROWTH = 130 << 20;

const from = (i: number): string => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
const wrap = (i: number, protocol: number, payload: Buffer, options = {}): Buffer =>
  ethernet(ETHERTYPE.IPV4, ipv4(from(i), '192.0.2.1', protocol, payload, options));

const back = (i: number, payload: Buffer): Buffer =>
  ethernet(ETHERTYPE.IPV4, ipv4('192.0.2.1', from(i), 6, payload));

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that something refers to: what else the process has is as the other tests left it. */
function referredTo(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Inspects packets made one at a time; the bytes that are referred to because of it at its end. */
function growth(
  packet: (i: number) => Buffer,
  count = PACKETS,
): { grown: number; ms: number; frames: number } {
  const inspection = new Inspection();
  let frames = 0;
  inspection.addOutput({ frame: () => frames++ }, true);
  const parser = new CaptureParser();
  const feed = (bytes: Buffer): void => {
    parser.reserve(bytes.length).set(bytes);
    parser.commit(bytes.length);
    for (let p: Packet | null = parser.next(); p !== null; p = parser.next()) inspection.packet(p, parser);
  };
  const before = referredTo();
  const started = performance.now();
  feed(pcapHeader(1));
  for (let i = 0; i < count; i++) feed(pcapRecord(1_700_000_000, i % 1_000_000, packet(i)));
  const ms = performance.now() - started;
  const grown = referredTo() - before;
  parser.end();
  inspection.finish();
  return { grown, ms, frames };
}

const call = (xid: number): Buffer => u32(xid, 0, 2, 100003, 3, 0, 0, 0, 0, 0);
const inRecord = (message: Buffer): Buffer => Buffer.concat([u32(0x8000_0000 + message.length), message]);

const HELLO = recorded('tls13-node-chacha20').portions[0]![0]!.bytes;

const HOSTILE: Readonly<Record<string, (i: number) => Buffer>> = {
  'tiny IP fragments of datagrams that are never whole': (i) =>
    wrap(i & 0xff, 17, Buffer.alloc(8), {
      id: i & 0xffff,
      fragmentOffset: 8 * (1 + (i % 800)),
      moreFragments: true,
    }),
  'overlapping fragments of one datagram': (i) =>
    wrap(1, 17, Buffer.alloc(64), { id: 7, fragmentOffset: 8 * ((i * 7) % 8000), moreFragments: true }),
  'connections that are half open': (i) =>
    wrap(i, 6, tcp({ srcPort: 1024 + (i % 60_000), dstPort: 2049, seq: i, flags: TCP_FLAGS.SYN })),
  'packets of connections with a call and its reply each': (i) => {
    const client = i >> 2;
    const [up, down] = [
      { srcPort: 900, dstPort: 2049 },
      { srcPort: 2049, dstPort: 900 },
    ];
    const packets = [
      () => wrap(client, 6, tcp({ ...up, seq: 0, flags: TCP_FLAGS.SYN })),
      () => back(client, tcp({ ...down, seq: 0, ack: 1, flags: TCP_FLAGS.SYN | TCP_FLAGS.ACK })),
      () => wrap(client, 6, tcp({ ...up, seq: 1, ack: 1 }, inRecord(call(i)))),
      () => back(client, tcp({ ...down, seq: 1, ack: 45 }, inRecord(u32(i - 1, 1, 0, 0, 0, 0)))),
    ];
    return packets[i & 3]!();
  },
  'records of a megabyte that end after one word': (i) =>
    wrap(i, 6, tcp({ srcPort: 900, dstPort: 2049, seq: 1 }, Buffer.concat([u32(0x8010_0000), call(i)]))),
  'TLS hellos that nobody answers': (i) => wrap(i, 6, tcp({ srcPort: 900, dstPort: 2049, seq: 1 }, HELLO)),
  'segments behind a gap': (i) =>
    wrap(i & 0xff, 6, tcp({ srcPort: 900, dstPort: 2049, seq: 1000 + i * 600 }, Buffer.alloc(600, 1))),
  'record fragments of a byte that never end': (i) =>
    wrap(1, 6, tcp({ srcPort: 900, dstPort: 2049, seq: 1 + i * 5 }, Buffer.of(0, 0, 0, 1, 0))),
  'calls that nobody answers': (i) => wrap(i & 0xfff, 17, udp(900, 2049, call(i))),
};

describe('hostile captures', () => {
  for (const [what, packet] of Object.entries(HOSTILE)) {
    it(`holds no more for a hundred thousand ${what}`, function () {
      this.timeout(60_000);
      const { grown, ms, frames } = growth(packet);
      expect(frames).to.be.at.least(PACKETS);
      expect(grown, `${grown >> 20} MiB`).to.be.below(MOST_GROWTH);
      expect(ms).to.be.below(30_000);
    });
  }
});
