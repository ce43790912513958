import { expect } from 'chai';
import type { Flow } from '../../../dissector/network/flow.ts';
import { type CallNumbers, CallTable } from '../../../dissector/session/call-table.ts';

const flow = (index: number, protocol: 6 | 17 = 6): Flow => ({
  protocol,
  index,
  aAddr: 'a',
  aPort: 1,
  bAddr: 'b',
  bPort: 2,
  firstFrame: 1,
  session: null,
  tcp: null,
});

const numbers = (xid: number, procedure = 1, sum = 0): CallNumbers => ({
  xid,
  program: 100003,
  version: 3,
  procedure,
  flavor: 0,
  gssProcedure: -1,
  gssService: -1,
  length: 100,
  sum,
});

const LIMITS = { pendingCalls: 3, answeredCalls: 2, pendingSeconds: 120 };

describe('dissector/session/call-table', () => {
  it('holds the limit and forgets the oldest above it', () => {
    const table = new CallTable(LIMITS);
    for (let xid = 1; xid <= 3; xid++) table.call(flow(0), 0, -1, numbers(xid), xid, 0, 0);
    expect(table.size).to.equal(3);
    expect(table.find(flow(0), 1, -1, 1, 0)?.frame).to.equal(1);
    table.call(flow(0), 0, -1, numbers(4), 4, 0, 0);
    expect(table.size).to.equal(3);
    expect(table.find(flow(0), 1, -1, 1, 0)).to.equal(null);
    expect(table.forgotten).to.equal(1);
  });

  it('forgets calls older than the limit, not those as old', () => {
    const table = new CallTable(LIMITS);
    table.call(flow(0), 0, -1, numbers(1), 1, 1000, 0);
    expect(table.find(flow(0), 1, -1, 1, 1120)).not.to.equal(null);
    expect(table.find(flow(0), 1, -1, 1, 1121)).to.equal(null);
  });

  it('removes old calls in passing', () => {
    const table = new CallTable({ ...LIMITS, pendingCalls: 100_000 });
    for (let i = 0; i < 600; i++) table.call(flow(0), 0, -1, numbers(i), i + 1, i, 0);
    expect(table.size).to.be.below(450);
  });

  it('tells conversations, directions and protocols apart', () => {
    const table = new CallTable(LIMITS);
    table.call(flow(5), 0, -1, numbers(1), 7, 0, 0);
    expect(table.find(flow(5), 1, -1, 1, 0)?.frame).to.equal(7);
    expect(table.find(flow(5), 0, -1, 1, 0)).to.equal(null);
    expect(table.find(flow(6), 1, -1, 1, 0)).to.equal(null);
    expect(table.find(flow(5, 17), 1, -1, 1, 0)).to.equal(null);
    expect(table.find(flow(5 + 0x40000), 1, -1, 1, 0)).to.equal(null);
  });

  it('finds a UDP call by its caller when the reply comes from elsewhere', () => {
    const table = new CallTable(LIMITS);
    table.call(flow(0, 17), 0, 42, numbers(1), 7, 0, 0);
    expect(table.find(flow(1, 17), 1, 42, 1, 0)?.frame).to.equal(7);
    expect(table.find(flow(1, 17), 1, 43, 1, 0)).to.equal(null);
  });

  it('tells a repeat from an xid used again', () => {
    const table = new CallTable(LIMITS);
    const first = table.call(flow(0), 0, -1, numbers(1), 1, 0, 0);
    expect(table.call(flow(0), 0, -1, numbers(1, 1, 99), 2, 0, 0)).to.equal(first);
    expect(table.repeats).to.equal(first);
    table.answer(first, 3, 0);
    expect(table.call(flow(0), 0, -1, numbers(1), 4, 0, 0)).to.equal(first);
    const second = table.call(flow(0), 0, -1, numbers(1, 1, 99), 5, 0, 0);
    expect(second).not.to.equal(first);
    expect(table.reused).to.equal(true);
    expect(table.call(flow(0), 0, -1, numbers(1, 6, 99), 6, 0, 0)).not.to.equal(second);
    expect(table.size).to.equal(1);
  });

  it('keeps few calls that were answered, and not at the cost of those that wait', () => {
    const table = new CallTable(LIMITS);
    table.call(flow(0), 0, -1, numbers(9), 1, 0, 0);
    for (let xid = 1; xid <= 3; xid++) {
      table.answer(table.call(flow(0), 0, -1, numbers(xid), 2, 0, 0), 3, 0);
    }
    expect(table.size).to.equal(3);
    expect([1, 2, 3, 9].map((xid) => table.find(flow(0), 1, -1, xid, 0)?.replyFrame)).to.deep.equal([
      undefined,
      3,
      3,
      0,
    ]);
    expect(table.forgotten).to.equal(0);
  });

  it('uses a forgotten record again, but not while its frame is shown', () => {
    const table = new CallTable({ ...LIMITS, pendingCalls: 1 });
    const first = table.call(flow(0), 0, -1, numbers(1), 1, 0, 0);
    const second = table.call(flow(0), 0, -1, numbers(2), 1, 0, 0);
    expect([first.xid, second.xid]).to.deep.equal([1, 2]);
    table.reclaim();
    expect(table.call(flow(0), 0, -1, numbers(3), 2, 0, 0)).to.equal(first);
    expect(table.find(flow(0), 1, -1, 3, 0)).to.deep.include({ xid: 3, frame: 2, replyFrame: 0, seen: 1 });
  });

  it('takes the same time for each call, however many it has forgotten', function () {
    this.timeout(5000);
    const table = new CallTable({ pendingCalls: 50_000, answeredCalls: 16_384, pendingSeconds: 120 });
    for (let xid = 0; xid < 400_000; xid++) {
      table.reclaim();
      table.call(flow(0), 0, -1, numbers(xid), xid, 0, 0);
    }
    expect(table.size).to.equal(50_000);
  });
});
