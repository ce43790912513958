import { expect } from 'chai';
import { CallTable } from '../../../codec/rpc/call-table.ts';

describe('codec/rpc/call-table', () => {
  it('pairs replies in any order', () => {
    const table = new CallTable<string>(8);
    expect([table.add(1, 'a'), table.add(2, 'b'), table.add(0xffffffff, 'c')]).to.deep.equal(
      Array(3).fill('added'),
    );
    expect([table.take(2), table.take(0xffffffff), table.take(1)]).to.deep.equal(['b', 'c', 'a']);
    expect(table.size).to.equal(0);
    expect(table.counts).to.deep.equal({ unknown: 0, duplicate: 0, late: 0, expired: 0 });
  });

  it('refuses an xid that is waiting, and takes it again after its reply', () => {
    const table = new CallTable<string>(8);
    table.add(1, 'a');
    expect(table.add(1, 'b')).to.equal('duplicate');
    expect(table.take(1)).to.equal('a');
    expect(table.add(1, 'c')).to.equal('added');
    expect(table.has(1)).to.equal(true);
    expect(table.take(1)).to.equal('c');
  });

  it('holds as many as it may: below, at and above', () => {
    const table = new CallTable<number>(2);
    expect([1, 2, 3].map((xid) => table.add(xid, xid))).to.deep.equal(['added', 'added', 'full']);
    expect(table.take(3)).to.equal(undefined);
    table.take(1);
    expect(table.add(3, 3)).to.equal('added');
  });

  it('counts replies that answer nothing, by why', () => {
    const table = new CallTable<string>(8);
    table.add(1, 'a', 10);
    table.add(2, 'b', 10);
    table.add(3, 'c');
    expect(table.take(1)).to.equal('a');
    expect(table.take(1)).to.equal(undefined);
    expect(table.cancel(3)).to.equal('c');
    expect(table.cancel(3)).to.equal(undefined);
    expect(table.expire(10)).to.deep.equal(['b']);
    expect([table.take(2), table.take(3), table.take(9)]).to.deep.equal([undefined, undefined, undefined]);
    expect(table.counts).to.deep.equal({ unknown: 1, duplicate: 1, late: 2, expired: 1 });
  });

  it('gives up at the deadline and not before, in order', () => {
    const table = new CallTable<string>(8);
    table.add(1, 'late', 30);
    table.add(2, 'first', 10);
    table.add(3, 'never');
    table.add(4, 'second', 10);
    expect(table.expire(9)).to.deep.equal([]);
    expect(table.expire(10)).to.deep.equal(['first', 'second']);
    expect(table.expire(1000)).to.deep.equal(['late']);
    expect(table.clear()).to.deep.equal(['never']);
    expect(table.size).to.equal(0);
  });

  it('forgets calls that ended long ago, so memory is bounded', () => {
    const table = new CallTable<number>(1);
    for (let xid = 0; xid < 1025; xid++) {
      table.add(xid, xid);
      table.take(xid);
    }
    table.take(0);
    table.take(1024);
    expect(table.counts).to.include({ unknown: 1, duplicate: 1 });
  });

  it('forgets by when a call ended last', () => {
    const table = new CallTable<number>(1);
    const answer = (xid: number) => {
      table.add(xid, xid);
      table.take(xid);
    };
    for (let xid = 0; xid < 1024; xid++) answer(xid);
    answer(0);
    answer(1024);
    table.take(0);
    expect(table.counts).to.include({ duplicate: 1, unknown: 0 });
    table.take(1);
    expect(table.counts).to.include({ duplicate: 1, unknown: 1 });
  });
});
