import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import { forEachPacket } from '../../../dissector/capture/for-each-packet.ts';
import type { Frame } from '../../../dissector/network/frame.ts';
import { NetworkDecoder } from '../../../dissector/network/index.ts';
import { Session } from '../../../dissector/session/index.ts';
import type { Pdu } from '../../../dissector/session/pdu.ts';
import type { PduList } from '../../../dissector/session/pdu-list.ts';
import { FieldCollector, PacketWalker } from '../../../dissector/tree/index.ts';
import { udpPacket } from '../network/build.ts';
import { packetAt, type Sent } from './explain.ts';
import { accepted, call, denied } from './messages.ts';

const FIELDS = [
  'rpc.xid',
  'rpc.msgtyp',
  'rpc.version',
  'rpc.program',
  'rpc.replystat',
  'rpc.reqframe',
  'rpc.repframe',
  'rpc.time',
  'rpc.dup',
  'rpc.call.dup',
  'rpc.reply.dup',
  'frame.number',
  'tcp.srcport',
];

const CAPTURES = fileURLToPath(new URL('../../../captures/', import.meta.url));

interface Pair {
  readonly walker: PacketWalker;
  readonly fast: FieldCollector;
  /** shown everything, as if it kept more than values */
  readonly slow: FieldCollector;
}

function pairOf(names: readonly string[]): Pair {
  const walker = new PacketWalker();
  const defs = names.map((name) => walker.registry.find(name)!);
  const fast = new FieldCollector(defs);
  const slow = new FieldCollector(defs);
  Object.defineProperty(slow, 'fields', { value: undefined });
  walker.attach(fast);
  walker.attach(slow);
  return { walker, fast, slow };
}

function kept(collector: FieldCollector): unknown[] {
  return collector.slots.map((slot) => {
    const { def, count } = slot;
    const parts = [slot.values, slot.offs, slot.lens, slot.bufs.map((buf) => buf.length)];
    return [def.name, ...parts.map((part) => part.slice(0, count))];
  });
}

/** Compares both ways; returns how many values they found. */
function compare({ walker, fast, slow }: Pair, frame: Frame, list: PduList): number {
  walker.begin(frame, list);
  for (const sink of [fast, slow]) {
    sink.reset();
    walker.walk(frame, list, sink);
  }
  expect(kept(fast), `frame ${frame.packet.number}`).to.deep.equal(kept(slow));
  walker.displayed();
  return fast.slots.reduce((sum, { count }) => sum + count, 0);
}

/** Compares both ways on packets; `change` makes of the PDUs what a second pass would. */
function comparePackets(packets: readonly Sent[], pair: Pair, change: (pdu: Pdu) => void = () => {}): number {
  const decoder = new NetworkDecoder();
  const session = new Session({ knownProgram: () => true, decodeAs: { udpPorts: new Set([2049]) } });
  let found = 0;
  packets.forEach((sent, i) => {
    const frame = decoder.decode(packetAt(sent, i + 1));
    const list = session.process(frame);
    for (let k = 0; k < list.count; k++) change(list.pdus[k]!);
    found += compare(pair, frame, list);
  });
  return found;
}

const subsets = fc.subarray(FIELDS, { minLength: 1 });

const message = fc.oneof(
  fc.record({ xid: fc.integer({ min: 1, max: 3 }), procedure: fc.nat(3) }).map(call),
  fc.integer({ min: 1, max: 3 }).map((xid) => accepted(xid, 0, Buffer.alloc(8))),
  fc.integer({ min: 1, max: 3 }).map((xid) => denied(xid, 0, 2, 2)),
  fc
    .uint8Array({ minLength: 8, maxLength: 40 })
    .map((bytes) => Buffer.concat([call().subarray(0, 12), bytes])),
);

describe('RPC numbers', () => {
  for (const file of readdirSync(CAPTURES).filter((name) => /\.pcap(ng)?$/.test(name))) {
    it(`agree with the RPC walker on ${file}`, async () => {
      for (const names of [FIELDS, ['rpc.xid'], ...fc.sample(subsets, { seed: 7, numRuns: 8 })]) {
        const pair = pairOf(names);
        const decoder = new NetworkDecoder();
        const session = new Session({ knownProgram: () => true });
        let found = 0;
        await forEachPacket(`${CAPTURES}${file}`, (packet) => {
          const frame = decoder.decode(packet);
          found += compare(pair, frame, session.process(frame));
        });
        if (names.includes('frame.number')) expect(found).to.be.greaterThan(0);
      }
    });
  }

  it('agree on calls and replies cut anywhere, repeated, and of other versions', () => {
    const sent = fc.record({ bytes: message, there: fc.boolean(), missing: fc.nat(40), reply: fc.boolean() });
    fc.assert(
      fc.property(subsets, fc.array(sent, { maxLength: 12 }), (names, messages) => {
        const packets = messages.map(({ bytes, there, missing }): Sent => {
          const [from, to] = there ? [2049, 800] : [800, 2049];
          const packet = udpPacket('10.0.0.1', from, '10.0.0.2', to, bytes);
          return { bytes: packet, cut: Math.max(packet.length - missing, 50) };
        });
        let at = 0;
        comparePackets(packets, pairOf(names), (pdu) => {
          if (pdu.msgtyp === 0 && messages[at++ % messages.length]?.reply) pdu.replyFrame = 9;
        });
      }),
      { numRuns: 300 },
    );
  });

  it('find something in what is compared', () => {
    const ports: [string, number, string, number] = ['10.0.0.1', 800, '10.0.0.2', 2049];
    const back: [string, number, string, number] = ['10.0.0.2', 2049, '10.0.0.1', 800];
    const sent = [
      udpPacket(...ports, call()),
      udpPacket(...ports, call()),
      udpPacket(...back, accepted(1, 0)),
      udpPacket(...back, accepted(1, 0)),
    ].map((bytes): Sent => ({ bytes }));
    for (const name of FIELDS.filter((field) => field.startsWith('rpc.'))) {
      const found = comparePackets(sent, pairOf([name]), (pdu) => {
        if (pdu.msgtyp === 0) pdu.replyFrame = 3;
      });
      expect(found, name).to.be.greaterThan(0);
    }
  });
});
