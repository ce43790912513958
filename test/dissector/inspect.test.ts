import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { forEachPacket } from '../../dissector/capture/for-each-packet.ts';
import { Inspection, type InspectionOptions } from '../../dissector/inspect.ts';
import type { Statistic } from '../../dissector/stats/statistic.ts';
import { ETHERTYPE, ethernet, ipv4, tcpPacket, udp } from './network/build.ts';
import { packetOf } from './network/decode.ts';
import { call, record } from './session/playbook.ts';

const capture = (name: string) => fileURLToPath(new URL(`../../captures/${name}`, import.meta.url));
const RPCBIND = capture('rpcbind-tcp-udp.pcap');

/** Feeds a capture, as often as the options ask for. */
async function feed(inspection: Inspection, file: string, passes = 1): Promise<void> {
  for (let pass = 0; pass < passes; pass++) {
    if (pass > 0) inspection.nextPass();
    await forEachPacket(file, (packet, capture) => inspection.packet(packet, capture));
  }
  inspection.finish();
}

async function column(name: string, options: InspectionOptions = {}): Promise<unknown[]> {
  const inspection = new Inspection(options);
  const def = inspection.walker.registry.find(name)!;
  const slot = inspection.collect([def]).slot(def)!;
  const values: unknown[] = [];
  inspection.addOutput({ frame: () => values.push(...slot.values.slice(0, slot.count)) }, false);
  await feed(inspection, RPCBIND, options.twoPass ? 2 : 1);
  return values;
}

describe('dissector/inspect', () => {
  it('shows every packet to outputs and taps, in order', async () => {
    const inspection = new Inspection();
    const shown: number[] = [];
    let messages = 0;
    inspection.addOutput({ frame: (frame) => shown.push(frame.packet.number) }, false);
    inspection.addTap(
      {
        add(_frame, list) {
          messages += list.count;
        },
      },
      false,
    );
    expect(inspection.counters).to.equal(null);
    await feed(inspection, RPCBIND);
    expect(shown).to.deep.equal(shown.map((_, i) => i + 1));
    expect(messages).to.equal(24);
    expect(inspection.counters).to.include({ calls: 12, replies: 12, unmatchedReplies: 0 });
  });

  it('shows outputs what matches, and tells taps which', async () => {
    const inspection = new Inspection({ filter: 'rpc.msgtyp == 1' });
    let shown = 0;
    const matches = [0, 0];
    inspection.addOutput(
      {
        frame() {
          shown++;
        },
      },
      false,
    );
    inspection.addTap(
      {
        add(_frame, _list, matched) {
          matches[Number(matched)]!++;
        },
      },
      false,
    );
    await feed(inspection, RPCBIND);
    expect(shown).to.equal(12);
    expect(matches[1]).to.equal(12);
    expect(matches[0]).to.be.greaterThan(12);
  });

  it('numbers the layers that a filter asks for', async () => {
    expect((await column('frame.number', { filter: 'rpc.xid#1' })).length).to.equal(24);
    expect((await column('frame.number', { filter: 'rpc.xid#2' })).length).to.equal(0);
  });

  it('knows replies of calls in the second of two passes', async () => {
    expect(await column('rpc.reqframe')).to.deep.equal([]);
    expect((await column('rpc.reqframe', { twoPass: true })).length).to.equal(12);
    expect(await column('rpc.repframe', { twoPass: true })).to.deep.equal(await column('rpc.repframe'));
  });

  it('counts the time since the last packet shown from the first one shown', async () => {
    const deltas = await column('frame.time_delta_displayed', { filter: 'rpc' });
    expect(Number(deltas[0])).to.equal(0);
    expect(Number(deltas[1])).to.be.greaterThan(0);
  });

  it('fills a tree for each packet that matches', async () => {
    const inspection = new Inspection({ filter: 'rpc' });
    const tree = inspection.tree();
    const names = new Set<string>();
    inspection.addOutput(
      {
        frame() {
          for (const node of tree.roots) names.add(node.def?.name ?? '');
        },
      },
      true,
    );
    await feed(inspection, RPCBIND);
    expect([...names]).to.include.members(['frame', 'eth', 'ip', 'udp', 'tcp', 'rpc', 'portmap']);
  });

  it('refuses a bad filter before any packet', () => {
    expect(() => new Inspection({ filter: 'nosuch.field' })).to.throw('neither a field nor a protocol');
  });

  it('shows what the end of the capture settles with the last frame, and every frame once', () => {
    const calls = [1, 2, 3].map((xid) => record(call(xid)));
    const segment = (seq: number, payload: Uint8Array): Buffer =>
      tcpPacket('10.0.0.1', '10.0.0.2', { srcPort: 900, dstPort: 2049, seq, ack: 1 }, payload);
    const [first, lost, last] = calls.map((bytes, i) => segment(1 + i * bytes.length, bytes)) as [
      Buffer,
      Buffer,
      Buffer,
    ];
    const other = ethernet(ETHERTYPE.IPV4, ipv4('10.0.0.1', '10.0.0.2', 17, udp(7, 7, Buffer.from('other'))));
    for (const [packets, xids] of [
      [
        [first, last],
        ['1', '3'],
      ],
      [
        [first, last, other],
        ['1', '', '3'],
      ],
      [
        [first, last, lost, other],
        ['1', '', '2,3', ''],
      ],
    ] as const) {
      const inspection = new Inspection();
      const defs = ['frame.number', 'rpc.xid', 'frame.len'].map(
        (name) => inspection.walker.registry.find(name)!,
      );
      const collector = inspection.collect(defs);
      const shown: string[] = [];
      const tapped: number[] = [];
      const values = (i: number) => {
        const slot = collector.slot(defs[i]!)!;
        return slot.values.slice(0, slot.count).join(',');
      };
      inspection.addOutput({ frame: () => shown.push(`${values(0)}: ${values(1)} ${values(2)}`) }, true);
      inspection.addTap({ add: (frame) => tapped.push(frame.packet.number) }, true);
      // as a reader does: one packet object, one buffer
      const packet = packetOf(Buffer.alloc(500));
      for (const [i, bytes] of packets.entries()) {
        packet.buf.fill(0xee);
        packet.buf.set(bytes, packet.off);
        Object.assign(packet, { number: i + 1, caplen: bytes.length, len: bytes.length });
        inspection.packet(packet, { interfaces: [] });
      }
      inspection.finish();
      expect(shown).to.deep.equal(xids.map((xid, i) => `${i + 1}: ${xid} ${packets[i]!.length}`));
      expect(tapped).to.deep.equal(xids.map((_, i) => i + 1));
    }
  });

  it('has nothing to finish without packets', () => {
    expect(() => new Inspection().finish()).not.to.throw();
  });

  it('starts statistics with fields and filters of their own, for every packet', async () => {
    const inspection = new Inspection({ filter: 'frame.number == 2' });
    const seen: (number | boolean)[][] = [];
    const statistic: Statistic = {
      name: 'a',
      usage: 'a',
      descriptions: 'none',
      start(args, context) {
        const xid = context.field('rpc.xid')!;
        const slot = context.observe([xid]).slot(xid)!;
        const test = context.test(args);
        return {
          bodies: false,
          add: (frame, pdus, matches) => seen.push([slot.count, test(frame, pdus), matches]),
          text: () => `${context.timePrecision}`,
        };
      },
    };
    const tap = inspection.addStatistic(statistic, 'rpc.msgtyp == 0');
    await feed(inspection, RPCBIND);
    expect(seen.slice(0, 3)).to.deep.equal([
      [1, true, false],
      [1, false, true],
      [1, true, false],
    ]);
    expect(tap.text()).to.equal('6');
  });
});
