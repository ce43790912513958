import { expect } from 'chai';
import { type Cell, type Column, ioTable } from '../../../dissector/stats/io-stat-table.ts';

function column(over: Partial<Column>, ...cells: Partial<Cell>[]): Column {
  const filled = cells.map((cell) => ({ frames: 0, bytes: 0, values: 0, value: 0n, ...cell }));
  const widest = { frames: 1, value: 1n };
  return {
    title: '',
    kind: 'FRAMES AND BYTES',
    time: false,
    cells: filled,
    widest,
    grow: () => undefined,
    ...over,
  };
}

const table = (columns: readonly Column[], durationUs: number, intervalUs: number, exact = true) =>
  ioTable(columns, {
    durationUs,
    intervalUs,
    intervals: columns[0]!.cells.length,
    exact,
    timeMode: 'r',
    startNs: 0n,
  }).split('\n');

describe('dissector/stats/io-stat-table', () => {
  it('is as wide as its columns, with an interval for all that is as long as the capture', () => {
    expect(table([column({}, { frames: 208, bytes: 35 })], 60_895, 0)).to.eql([
      '',
      '===================================',
      '| IO Statistics                   |',
      '|                                 |',
      '| Duration: 0.061 secs            |',
      '| Interval: 0.061 secs            |',
      '|                                 |',
      '| Col 1: Frames and bytes         |',
      '|---------------------------------|',
      '|                |1               |',
      '| Interval       | Frames | Bytes |',
      '|---------------------------------|',
      '| 0.000 <> 0.061 |    208 |    35 |',
      '===================================',
      '',
    ]);
  });

  it('shows whole seconds without decimals, and the last interval without an end', () => {
    const lines = table([column({}, { frames: 1 }, { frames: 2 })], 7_032_946, 4_000_000, false);
    expect(lines[4]).to.equal('| Duration: 7. 32946 secs   |');
    expect(lines.slice(12, 14)).to.eql(['|  0 <> 4  |      1 |     0 |', '|  4 <> Dur|      2 |     0 |']);
    expect(table([column({})], 7_032_946, 4_000_000)[4]).to.equal('| Duration: 7.032946 secs   |');
  });

  it('fills up beside a table that is narrower than its title', () => {
    const lines = table(
      [column({ title: 'AVG(tcp.len)rpc', kind: 'AVG' }, { values: 2, value: 7n })],
      60_895,
      0,
    );
    expect(lines[9]).to.equal('|                |1    |          |');
    expect(lines[12]).to.equal('| 0.000 <> 0.061 |   3 |          |');
  });

  it('counts a packet at the very end, which tshark loses', () => {
    const columns = [column({}, { frames: 2 }, { frames: 1 })];
    expect(table(columns, 3_000_000, 3_000_000)[12]).to.contain(' 3 |');
    expect(table(columns, 3_000_000, 3_000_000, false)[12]).to.contain(' 2 |');
    const least = column(
      { kind: 'MIN', title: 'MIN(x)x' },
      { values: 1, value: 5n },
      { values: 1, value: 4n },
    );
    expect(table([least], 3_000_000, 3_000_000)[12]).to.contain(' 4 |');
  });

  it('shows times in seconds, rounded, and loads as a share', () => {
    const time = { time: true, widest: { frames: 1, value: 12_000_000_000n } };
    const sum = column({ ...time, title: 'SUM(t)t', kind: 'SUM' }, { values: 1, value: 9_638_283_500n });
    const load = column({ ...time, title: 'LOAD(t)t', kind: 'LOAD' }, { values: 1, value: 500_000_000n });
    expect(table([sum, load], 2_000_000, 0)[13]).to.contain('|  9.638284 |  0.250000 |');
  });
});
