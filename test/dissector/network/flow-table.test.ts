import { expect } from 'chai';
import fc from 'fast-check';
import type { Flow } from '../../../dissector/network/flow.ts';
import { type FlowEndReason, type FlowKey, FlowTable } from '../../../dissector/network/flow-table.ts';
import { ipv4Address, ipv6Address, TCP_FLAGS } from './build.ts';

const { SYN, ACK, FIN, RST } = TCP_FLAGS;

function key(src: string, srcPort: number, dst: string, dstPort: number): FlowKey {
  const v6 = src.includes(':');
  const address = v6 ? ipv6Address : ipv4Address;
  const buf = Buffer.concat([address(src), address(dst)]);
  const view = new DataView(buf.buffer, buf.byteOffset, buf.length);
  return { buf, view, src: 0, dst: v6 ? 16 : 4, words: v6 ? 4 : 1, srcPort, dstPort };
}

const THERE = key('10.0.0.1', 1000, '10.0.0.2', 2049);
const BACK = key('10.0.0.2', 2049, '10.0.0.1', 1000);

function table(limit = 100) {
  const ends: [number, FlowEndReason][] = [];
  const t = new FlowTable(limit, (flow, reason) => ends.push([flow.index, reason]));
  return { t, ends };
}

describe('flow table', () => {
  it('finds a flow from both directions, and remembers who spoke first', () => {
    const { t } = table();
    const flow = t.udp(BACK, 7);
    expect(t.dir).to.equal(0);
    expect(flow).to.include({
      protocol: 17,
      index: 0,
      aAddr: '10.0.0.2',
      aPort: 2049,
      bAddr: '10.0.0.1',
      bPort: 1000,
      firstFrame: 7,
      session: null,
      tcp: null,
    });
    expect(t.udp(THERE, 8)).to.equal(flow);
    expect(t.dir).to.equal(1);
    expect(t.udp(BACK, 9)).to.equal(flow);
    expect(t.dir).to.equal(0);
  });

  it('tells apart addresses, ports, protocols and IP versions', () => {
    const { t } = table();
    const flows = [
      t.udp(THERE, 1),
      t.udp(key('10.0.0.1', 1000, '10.0.0.3', 2049), 2),
      t.udp(key('10.0.0.1', 2049, '10.0.0.2', 1000), 3),
      t.udp(key('fe80::1', 1000, 'fe80::2', 2049), 4),
      t.udp(key('fe80::1', 1000, 'fe80:1::2', 2049), 5),
      t.udp(key('fe80::1', 1000, 'fe80::1:0:2', 2049), 6),
    ];
    expect(flows.map((f) => f.index)).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect(t.tcp(THERE, 7, SYN, 1, 0).index).to.equal(0);
    expect(t.udp(key('fe80:1::2', 2049, 'fe80::1', 1000), 8)).to.equal(flows[4]);
    expect(t.dir).to.equal(1);
    expect(t.size).to.equal(7);
  });

  it('begins a new connection with a SYN of another sequence number, for that side', () => {
    const { t, ends } = table();
    const first = t.tcp(THERE, 1, SYN, 1000, 0);
    expect(t.tcp(THERE, 2, SYN, 1000, 0), 'the same SYN again').to.equal(first);
    expect(t.tcp(BACK, 3, SYN | ACK, 5000, 1001)).to.equal(first);
    expect(t.tcp(THERE, 4, FIN | ACK, 1001, 5001)).to.equal(first);
    expect(ends).to.deep.equal([]);
    const second = t.tcp(THERE, 5, SYN, 9000, 0);
    expect(second).to.include({ index: 1, firstFrame: 5 });
    expect(ends).to.deep.equal([[0, 'replaced']]);
    expect(t.tcp(BACK, 6, RST, 0, 0)).to.equal(second);
    expect(t.size).to.equal(1);
  });

  it('takes the start of a side from its first segment, or from what acknowledges it', () => {
    const { t } = table();
    const flow = t.tcp(THERE, 1, ACK, 501, 801);
    expect(t.tcp(THERE, 2, SYN, 500, 0)).to.equal(flow);
    expect(t.tcp(BACK, 3, SYN, 800, 0)).to.equal(flow);
    expect(t.tcp(BACK, 4, SYN, 801, 0).index).to.equal(1);
  });

  it('drops the flow that has been quiet longest', () => {
    const { t, ends } = table(3);
    const keys = [1, 2, 3, 4].map((port) => key('10.0.0.1', port, '10.0.0.2', 111));
    for (const k of keys.slice(0, 3)) t.udp(k, 1);
    t.udp(keys[0]!, 2);
    t.udp(keys[3]!, 3);
    expect(ends).to.deep.equal([[1, 'evicted']]);
    expect(t.evicted).to.equal(1);
    expect(t.size).to.equal(3);
    expect(t.udp(keys[0]!, 4).index).to.equal(0);
    expect(t.udp(keys[1]!, 5).index, 'it is a new flow now').to.equal(4);
    expect(ends).to.deep.equal([
      [1, 'evicted'],
      [2, 'evicted'],
    ]);
  });

  it('finds the flows that a plain map finds, through growth and eviction', () => {
    const packet = fc.tuple(fc.nat(40), fc.nat(40), fc.nat(60), fc.boolean());
    fc.assert(
      fc.property(
        fc.array(packet, { maxLength: 3000, size: 'max' }),
        fc.integer({ min: 1, max: 2500 }),
        (packets, limit) => {
          const { t } = table(limit);
          const plain = new Map<string, Flow>();
          for (const [a, b, port, back] of packets) {
            const there = key(`10.0.0.${a}`, port, `10.0.1.${b}`, 111);
            const k = back ? key(`10.0.1.${b}`, 111, `10.0.0.${a}`, port) : there;
            const flow = t.udp(k, 1);
            const name = `${a} ${b} ${port}`;
            const known = plain.get(name);
            if (known !== undefined) expect(flow).to.equal(known);
            plain.delete(name);
            plain.set(name, flow);
            if (plain.size > limit) plain.delete(plain.keys().next().value!);
            expect(t.size).to.equal(plain.size);
          }
        },
      ),
      { numRuns: 10 },
    );
  });
});
