import { expect } from 'chai';
import { followStatistics } from '../../../dissector/stats/follow.ts';
import { isStatisticError } from '../../../dissector/stats/statistic.ts';
import { runStatistic, statisticLines } from './run-statistic.ts';

const [tcp, udp] = followStatistics as Required<typeof followStatistics>;
const FILE = 'rpcbind-tcp-udp.pcap';

describe('dissector/stats/follow', () => {
  it('shows both sides, as bytes, text and raw', async () => {
    const hex = await statisticLines(tcp!, 'hex,0', FILE);
    expect(hex.slice(0, 4)).to.eql(['', '='.repeat(67), 'Follow: tcp,hex', 'Filter: tcp.stream eq 0']);
    expect(hex[6]).to.match(/^00000000 {2}80( [0-9a-f]{2}){7} {2}([0-9a-f]{2} ){8} .{8} .{8}$/);
    expect(hex.some((line) => line.startsWith('\t00000000  80'))).to.equal(true);
    const raw = await statisticLines(tcp!, 'raw,0', FILE);
    expect(raw[6]).to.match(/^80[0-9a-f]+$/);
    const ascii = await statisticLines(tcp!, 'ascii,0', FILE);
    expect(ascii[6]).to.equal(String(raw[6]!.length / 2));
    expect(ascii[7]).to.have.length(raw[6]!.length / 2);
  });

  it('shows the chunks asked for, and a conversation by its ends', async () => {
    const all = await statisticLines(udp!, 'raw,0', FILE);
    const second = await statisticLines(udp!, 'raw,0,2', FILE);
    expect(second.slice(0, 6)).to.eql(all.slice(0, 6));
    expect(second[6]).to.equal(all[7]);
    const ends = [all[4]!.slice(8), all[5]!.slice(8)];
    const named = await statisticLines(udp!, `raw,${ends.join(',')}`, FILE);
    expect(named.slice(4)).to.eql(all.slice(4));
    expect(named[3]).to.contain('udp.srcport eq').and.to.contain(' or ((ip.src eq ');
  });

  it('says nothing of a conversation that is not there', async () => {
    const lines = await statisticLines(tcp!, 'ascii,9999', FILE);
    expect(lines.slice(3)).to.eql([
      'Filter: tcp.stream eq 9999',
      'Node 0: :0',
      'Node 1: :0',
      '='.repeat(67),
      '',
    ]);
  });

  it('refuses other modes and addresses', async () => {
    for (const args of ['', 'ebcdic,0', 'hex', 'hex,one', 'hex,1.2.3.4:5', 'hex,0,0-', 'hex,0,1,2']) {
      const error = await runStatistic(tcp!, args, FILE).catch((e) => e);
      expect(isStatisticError(error), args).to.equal(true);
    }
  });
});
