import { expect } from 'chai';
import { Conversations, conversationStatistics } from '../../../dissector/stats/conversations.ts';
import { frame } from './fixture.ts';
import { statisticLines } from './run-statistic.ts';

const [tcp, udp, ip, ipv6] = conversationStatistics as Required<typeof conversationStatistics>;
const KIND = { name: 'tcp', title: 'TCP', width: 26, ports: true };

function packet(ns: number, len: number) {
  const at = frame(1, 0, ns);
  at.packet.len = len;
  return at;
}

const TIMES = { timeMode: 'r', compat: false } as const;

describe('dissector/stats/conversations', () => {
  it('has the sender of the first packet on the left, whichever way the caller sees it', () => {
    const table = new Conversations(KIND, '', TIMES);
    const count = (ns: number, len: number, toRight: boolean) => {
      const at = packet(ns, len);
      table.clock(at);
      table.count(
        at,
        'one',
        () => 'a:1',
        () => 'b:2',
        toRight,
      );
    };
    count(0, 100, false);
    count(500_000_000, 200, true);
    count(1_500_000_000, 1, true);
    const line = table.text().split('\n')[5]!;
    expect(line).to.match(/^b:2 +<-> a:1 {2}/);
    expect(line.replace(/ +/g, ' ')).to.contain(' 2 201 bytes 1 100 bytes 3 301 bytes 0.000000000 1.5000');
  });

  it('puts the busiest first, shows sizes in units, and counts from the first packet of the capture', () => {
    const table = new Conversations(KIND, 'tcp', TIMES);
    table.clock(packet(0, 1));
    const count = (key: number, ns: number, len: number) =>
      table.count(
        packet(ns, len),
        key,
        () => `c${key}`,
        () => 's',
        true,
      );
    count(1, 250_000_000, 9999);
    count(2, 1, 10_000);
    count(2, 2, 10_000_000);
    const [, , filter, , , first, second] = table.text().split('\n');
    expect(filter).to.equal('Filter:tcp');
    expect(first).to.match(/^c2 .*2 10 MB/);
    expect(second).to.match(/^c1 .*1 9999 bytes +0\.250000000 +0\.0000$/);
  });

  it('finds each kind in a capture', async () => {
    const rows = async (statistic: typeof tcp, filter = '') =>
      (await statisticLines(statistic!, filter, 'rpcbind-tcp-udp.pcap')).filter((line) =>
        line.includes('<->'),
      );
    expect(await rows(tcp)).to.have.length.above(0);
    expect(await rows(udp)).to.have.length.above(0);
    expect(await rows(ip)).to.have.length(1);
    expect(await rows(ipv6)).to.have.length(0);
    expect(await rows(udp, 'tcp')).to.have.length(0);
  });
});
