import { expect } from 'chai';
import { Grid } from '../../../tui/screen/grid.ts';
import { Style } from '../../../tui/screen/style.ts';
import { callStyles, drawList, latencyText } from '../../../tui/views/list-view.ts';
import { captureFile, open } from '../opened.ts';

describe('tui/views/list-view', () => {
  it('draws a heading and the lines that are seen, the last column moved', () => {
    const grid = new Grid(20, 4);
    const asked: number[] = [];
    drawList(
      grid,
      { x: 0, y: 0, width: 20, height: 4 },
      {
        columns: [
          { name: 'No.', width: 4, right: true },
          { name: 'Info', width: 0 },
        ],
        top: 100,
        cursor: 101,
        left: 2,
        count: 1_000_000,
        focused: true,
        line(index) {
          asked.push(index);
          return {
            cells: [String(index), 'an info'],
            style: 0,
            cursorStyle: Style.cursor,
            marked: index === 102,
          };
        },
      },
    );
    expect([0, 1, 2, 3].map((y) => grid.line(y))).to.deep.equal([
      ' No. Info',
      ' 100  info',
      ' 101  info',
      ' 102  info',
    ]);
    expect(asked).to.deep.equal([100, 101, 102]);
    expect([grid.styles[40], grid.styles[60]]).to.deep.equal([Style.cursor, Style.marked]);
  });

  it('writes times short', () => {
    expect([5, 1234, 71_000, 166_000, 12_340_000, 3_500_000_000].map(latencyText)).to.deep.equal([
      '5 ns',
      '1.23 µs',
      '71.0 µs',
      '166 µs',
      '12.3 ms',
      '3.50 s',
    ]);
  });

  it('colours calls by what became of them', async () => {
    const opened = await open(captureFile('rpcbind-tcp-udp.pcap'));
    const { capture } = opened;
    const first = capture.transaction(capture.trace.calls.get(0));
    expect(callStyles(first)[0]).to.equal(Style.good);
    expect(callStyles({ ...first, verdict: 'PROG_UNAVAIL' })[0]).to.equal(Style.bad);
    expect(callStyles({ ...first, reply: null, verdict: null })[0]).to.equal(Style.warning);
    opened.close();
  });
});
