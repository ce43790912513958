import { expect } from 'chai';
import { NumberList } from '../../../tui/trace/growing.ts';
import { allPackets, listed } from '../../../tui/trace/rows.ts';
import { Trace } from '../../../tui/trace/trace.ts';

describe('tui/trace/rows', () => {
  it('all packets are their own numbers', () => {
    const rows = allPackets(new Trace());
    expect(rows.length).to.equal(0);
    expect(rows.at(5)).to.equal(5);
    expect(rows.find(5)).to.equal(0);
  });

  it('a list tells where a number stands or would', () => {
    const list = new NumberList();
    for (const n of [2, 4, 8]) list.push(n);
    const rows = listed(list);
    expect([rows.length, rows.at(1), rows.find(4), rows.find(5)]).to.deep.equal([3, 4, 1, 2]);
  });
});
