import { expect } from 'chai';
import { RpcError } from '../../../codec/rpc/index.ts';
import { EventSender } from '../../../server/engine/event-sender.ts';
import type { ConnectionView } from '../../../transport/peer-types.ts';
import { settle, VirtualClock } from '../../../transport/virtual-clock.ts';
import { ADD, NULL } from '../../transport/fixture.ts';

function sender(outstanding: number) {
  const clock = new VirtualClock();
  const calls: [name: string, args: unknown][] = [];
  const settleOne: { ok: () => void; fail: (error: Error) => void }[] = [];
  const failures: unknown[] = [];
  const state = { refuse: false, close: (): void => undefined };
  const connection = {
    callback: (_: number, __: number, procedure: { name: string }, args: unknown) => {
      if (state.refuse) return Promise.reject(new RpcError('LIMIT', 'full'));
      calls.push([procedure.name, args]);
      return new Promise((resolve, reject) => settleOne.push({ ok: () => resolve(undefined), fail: reject }));
    },
    onClose: (f: () => void) => {
      state.close = f;
    },
  } as unknown as ConnectionView;
  const events = new EventSender(connection, {
    program: 1,
    version: 1,
    outstanding,
    overflow: (count) => ({ procedure: NULL, args: count }),
    onFailure: (error) => failures.push(error),
    clock,
  });
  return { clock, calls, settleOne, failures, state, events };
}

describe('server/engine: the event sender', () => {
  it('sends up to its limit, counts what is beyond, and confesses once there is room', async () => {
    const s = sender(4);
    for (let i = 0; i < 4; i++) expect(s.events.send(ADD, i)).to.equal(true);
    for (let i = 4; i < 10; i++) expect(s.events.send(ADD, i)).to.equal(false);
    expect([s.events.outstanding, s.events.lost]).to.deep.equal([4, 6]);
    s.settleOne[0]?.ok();
    s.settleOne[1]?.ok();
    await settle();
    expect(s.calls.slice(4)).to.deep.equal([['TOY_NULL', 6]]);
    expect(s.events.lost).to.equal(0);
    expect(s.events.send(ADD, 10)).to.equal(true);
    expect(s.calls.at(-1)).to.deep.equal(['TOY_ADD', 10]);
  });

  it('tells of the loss before any other event', async () => {
    const s = sender(4);
    for (let i = 0; i < 5; i++) s.events.send(ADD, i);
    s.settleOne[0]?.ok();
    await settle();
    s.events.send(ADD, 9);
    expect(s.calls.slice(4)).to.deep.equal([['TOY_NULL', 1]]);
    expect(s.events.lost, 'no room for it beside the confession').to.equal(1);
  });

  it('never loses a count when the connection itself is full', async () => {
    const s = sender(4);
    s.state.refuse = true;
    for (let i = 0; i < 3; i++) s.events.send(ADD, i);
    await settle();
    expect(s.events.lost).to.equal(3);
    await s.clock.advance(2500);
    expect(s.events.lost, 'still nothing goes').to.equal(3);
    s.state.refuse = false;
    await s.clock.advance(1000);
    expect(s.calls).to.deep.equal([['TOY_NULL', 3]]);
    expect(s.clock.scheduled).to.equal(0);
  });

  it('goes on after a client that refuses or times out, and reports what is our fault', async () => {
    const s = sender(2);
    s.events.send(ADD, 1);
    s.events.send(ADD, 2);
    s.settleOne[0]?.fail(new RpcError('TIMEOUT', 'slow'));
    const bad = new RpcError('BAD_VALUE', 'no such value');
    s.settleOne[1]?.fail(bad);
    await settle();
    expect(s.failures).to.deep.equal([bad]);
    expect(s.events.send(ADD, 3)).to.equal(true);
  });

  it('says nothing to a connection that is gone', async () => {
    const s = sender(1);
    s.events.send(ADD, 1);
    s.events.send(ADD, 2);
    s.state.close();
    s.settleOne[0]?.fail(new RpcError('CLOSED', 'gone'));
    await settle();
    expect(s.events.send(ADD, 3)).to.equal(false);
    expect(s.calls).to.have.length(1);
  });
});
