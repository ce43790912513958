import { expect } from 'chai';
import { ioStatistics } from '../../../dissector/stats/io-stat.ts';
import { isStatisticError } from '../../../dissector/stats/statistic.ts';
import { runStatistic, statisticLines } from './run-statistic.ts';

const FILE = 'nfs3-libnfs.pcap';
const cells = (lines: readonly string[]) =>
  lines
    .filter((line) => line.includes('<>'))
    .map((line) =>
      line
        .split('|')
        .slice(2, -1)
        .map((cell) => cell.trim()),
    );

describe('dissector/stats/io-stat', () => {
  it('counts every packet once, in whatever intervals', async () => {
    const [[frames, bytes] = []] = cells(await statisticLines(ioStatistics, '0', FILE, false));
    const split = cells(await statisticLines(ioStatistics, '0.003', FILE, false));
    expect(split).to.have.length.above(3);
    const sum = (at: number) => split.reduce((total, row) => total + Number(row[at]), 0);
    expect([sum(0), sum(1)]).to.eql([Number(frames), Number(bytes)]);
  });

  it('computes over the values of a field', async () => {
    const names = ['COUNT', 'SUM', 'MIN', 'MAX', 'AVG'];
    const args = names.map((name) => `${name}(rpc.msgtyp)rpc`).join(',');
    const [row = []] = cells(await statisticLines(ioStatistics, `0,${args}`, FILE, false));
    const [count, sum, min, max, average] = row.map(Number);
    expect([min, max]).to.eql([0, 1]);
    expect(count).to.be.above(sum!);
    expect(average).to.equal(0);
  });

  it('finds a field that the filter does not name, where tshark does not', async () => {
    const args = '0,SUM(rpc.msgtyp)rpc';
    expect(Number(cells(await statisticLines(ioStatistics, args, FILE, false))[0]![0])).to.be.above(0);
    expect(Number(cells(await statisticLines(ioStatistics, args, FILE, true))[0]![0])).to.equal(0);
  });

  it('keeps commas within braces', async () => {
    const lines = await statisticLines(ioStatistics, '0,rpc.msgtyp in {0, 1},tcp', FILE, false);
    expect(lines).to.contain.oneOf(lines.filter((line) => line.startsWith('| Col 1: rpc.msgtyp in {0, 1} ')));
    expect(cells(lines)[0]).to.have.length(4);
  });

  it('spreads a load over the intervals it lasted', async () => {
    const total = async (interval: string) =>
      cells(await statisticLines(ioStatistics, `${interval},LOAD(rpc.time)rpc.time`, FILE, false));
    expect(await total('0')).to.have.length(1);
    expect((await total('0.001')).some(([load]) => Number(load) > 0)).to.equal(true);
  });

  it('begins a row with no time that is relative to another', async () => {
    for (const mode of ['d', 'dd', 'e'] as const) {
      const error = await runStatistic(ioStatistics, '1', FILE, false, mode).catch((e) => e);
      expect(error).to.have.property('message').that.includes('io,stat only supports -t <r|a|ad|');
    }
  });

  it('refuses what it cannot add up', async () => {
    for (const args of ['x', '-1', '1,SUM(ip.addr)ip', '1,SUM(nothing.here)ip', '1,LOAD(tcp.len)tcp.len']) {
      const error = await runStatistic(ioStatistics, args, FILE).catch((e) => e);
      expect(isStatisticError(error), args).to.equal(true);
    }
  });
});
