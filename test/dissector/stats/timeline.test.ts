import { expect } from 'chai';
import { isStatisticError } from '../../../dissector/stats/statistic.ts';
import { Timeline, timeline } from '../../../dissector/stats/timeline.ts';
import { call, frame, record, reply } from './fixture.ts';
import { runStatistic } from './run-statistic.ts';

const SECOND = 1_000_000_000n;

describe('dissector/stats/timeline', () => {
  it('shows each interval, those without traffic too', () => {
    const line = new Timeline(SECOND);
    const [first, second] = [record(1, 1), record(2, 2)];
    line.add(call(first), frame(1, 0, 0));
    line.add(call(second), frame(2, 0, 100));
    line.add(call(second, undefined, { dupOf: 2 }), frame(3, 0, 5e8));
    line.add(reply(first, 500), frame(4, 1, 500));
    line.add(reply(second, 3_200_000_000, { verdict: 'PROC_UNAVAIL' }), frame(5, 1, 3.2e9));
    const rows = line
      .ndjson()
      .trimEnd()
      .split('\n')
      .map((row) => JSON.parse(row));
    expect(
      rows.map(({ calls, replies, errors, outstanding }) => [calls, replies, errors, outstanding]),
    ).to.eql([
      [2, 1, 0, 1],
      [0, 0, 0, 1],
      [0, 0, 0, 1],
      [0, 1, 1, 0],
    ]);
    expect(rows[0]).to.include({ time: 1000, max: 5e-7 });
    expect(rows[1]).to.include({ time: 1001, p50: null });
    expect(line.text().split('\n')[5]).to.match(
      /^3\.000000000 +0 +1 +1 +0 +3\.200000 +3\.200000 +3\.200000$/,
    );
  });

  it('counts a packet that came late in the interval at hand, and keeps no more than it may', () => {
    const line = new Timeline(1n);
    line.add(call(record(1, 1)), frame(1, 0, 10));
    line.add(call(record(2, 2)), frame(2, 0, 5));
    line.add(call(record(3, 3)), frame(3, 0, 1e9));
    const lines = line.text().split('\n');
    expect(lines[2]).to.match(/^0\.000000000 +2 /);
    expect(lines[3]).to.match(/^1 later messages are not shown/);
  });

  it('refuses no interval', async () => {
    for (const args of ['', '0', 'x', '-1']) {
      const error = await runStatistic(timeline, args, 'nfs3-libnfs.pcap').catch((e) => e);
      expect(isStatisticError(error), args).to.equal(true);
    }
    const rows = (await runStatistic(timeline, '0.01,nfs', 'nfs3-libnfs.pcap')).ndjson?.() ?? '';
    expect(rows.trim().split('\n')).to.have.length.above(1);
  });
});
