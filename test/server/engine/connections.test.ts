import { expect } from 'chai';
import { Connections, type Slot } from '../../../server/engine/connections.ts';
import { ENGINE_LIMITS, type EngineLimits } from '../../../server/engine/limits.ts';
import type { Peer } from '../../../transport/peer.ts';

interface FakePeer {
  received: number;
  callsReceived: number;
  inFlight: number;
  outstanding: number;
  stopped: boolean;
  bytesIn: number;
  bytesOut: number;
  duplex: { queued: number };
  causes: string[];
  giveUp(cause: string): void;
}

function fake(): FakePeer {
  const peer: FakePeer = {
    received: 0,
    callsReceived: 0,
    inFlight: 0,
    outstanding: 0,
    stopped: false,
    bytesIn: 1,
    bytesOut: 2,
    duplex: { queued: 3 },
    causes: [],
    giveUp: (cause) => peer.causes.push(cause),
  };
  return peer;
}

function setup(limits: Partial<EngineLimits>) {
  const connections = new Connections({ ...ENGINE_LIMITS, ...limits });
  const dropped: number[] = [];
  let n = 0;
  const open = (peer: FakePeer | null = null): Slot | null => {
    const id = n++;
    const slot = connections.open(() => dropped.push(id), 0);
    if (slot !== null) slot.peer = peer as unknown as Peer;
    return slot;
  };
  return { connections, dropped, open };
}

describe('server/engine: connections', () => {
  it('are refused above the limit, and welcome again when one has gone', () => {
    const { connections, open, dropped } = setup({ connections: 3 });
    const caller = (): Slot | null => open(Object.assign(fake(), { callsReceived: 1 }));
    const [first] = [caller(), caller(), caller()];
    expect(connections.size).to.equal(3);
    expect(open()).to.equal(null);
    connections.close(first as Slot);
    connections.close(first as Slot);
    expect(open()).not.to.equal(null);
    expect(dropped).to.deep.equal([]);
  });

  it('without a call make room for newcomers, the oldest first; callers are left alone', () => {
    const { connections, open, dropped } = setup({ newcomers: 3 });
    const peers = [fake(), fake(), fake()];
    for (const peer of peers) open(peer);
    expect(
      peers.map((peer) => peer.causes.length),
      'at the limit',
    ).to.deep.equal([0, 0, 0]);
    (peers[0] as FakePeer).callsReceived = 1;
    open(fake());
    expect(
      peers.map((peer) => peer.causes.length),
      'one has called',
    ).to.deep.equal([0, 0, 0]);
    open(); // its handshake is not over
    expect(peers.map((peer) => peer.causes)).to.deep.equal([[], ['newcomer'], []]);
    open();
    expect(peers[2]?.causes).to.deep.equal(['newcomer']);
    open();
    open();
    expect(dropped, 'one that never got through its handshake').to.deep.equal([4]);
    expect(connections.depths().newcomers).to.equal(3);
    expect(connections.size, 'the caller and three').to.equal(4);
  });

  it('without a call do not hold the last places, however few they are', () => {
    const { connections, open } = setup({ connections: 3, newcomers: 256 });
    const [talks, oldest, younger, last] = [fake(), fake(), fake(), fake()];
    talks.callsReceived = 1;
    for (const peer of [talks, oldest, younger]) open(peer);
    expect(open(last), 'silence makes room').not.to.equal(null);
    expect([talks, oldest, younger].map((peer) => peer.causes)).to.deep.equal([[], ['newcomer'], []]);
    younger.callsReceived = 1;
    last.callsReceived = 1;
    expect(open(), 'callers do not').to.equal(null);
    expect(connections.size).to.equal(3);
  });

  it('that are idle are ended, unless something is under way', () => {
    const { connections, open } = setup({ idleMs: 5000 });
    const [idle, busy, asked, talking] = [fake(), fake(), fake(), fake()];
    for (const peer of [idle, busy, asked, talking]) open(peer);
    busy.inFlight = 1;
    asked.outstanding = 1;
    for (let now = 1000; now <= 4000; now += 1000) {
      talking.received++;
      connections.sweep(now);
    }
    expect(idle.causes, 'below').to.deep.equal([]);
    connections.sweep(5000);
    expect([idle, busy, asked, talking].map((peer) => peer.causes)).to.deep.equal([['idle'], [], [], []]);
  });

  it('may be idle for ever by default', () => {
    const { connections, open } = setup({});
    const peer = fake();
    open(peer);
    connections.sweep(1e9);
    expect(peer.causes).to.deep.equal([]);
  });

  it('add up to depths, those that have gone included', () => {
    const { connections, open } = setup({});
    const gone = open(fake());
    const busy = fake();
    Object.assign(busy, { inFlight: 2, outstanding: 3, stopped: true, callsReceived: 1 });
    open(busy);
    open();
    connections.close(gone as Slot);
    expect(connections.depths()).to.deep.equal({
      connections: 2,
      newcomers: 1,
      inFlight: 2,
      queuedBytes: 3,
      callbacks: 3,
      stopped: 1,
      bytesIn: 2,
      bytesOut: 4,
    });
  });
});
