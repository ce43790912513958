import { expect } from 'chai';
import type { CloseReason } from '../../transport/channel.ts';
import { type MemoryDuplex, memoryPair } from '../../transport/memory-duplex.ts';
import { settle, VirtualClock } from '../../transport/virtual-clock.ts';

/** Notes what a duplex is told. */
function listen(duplex: MemoryDuplex): { events: string[]; kept: Uint8Array[] } {
  const events: string[] = [];
  const kept: Uint8Array[] = [];
  duplex.start({
    message: (bytes) => {
      events.push(`message ${[...bytes].join()}`);
      kept.push(bytes);
    },
    drain: () => events.push('drain'),
    end: () => events.push('end'),
    closed: ({ kind }: CloseReason) => events.push(kind),
  });
  return { events, kept };
}

describe('transport: duplexes in memory', () => {
  it('deliver in order, and overwrite what they lent', async () => {
    const [a, b] = memoryPair();
    const { events, kept } = listen(b);
    a.send(Uint8Array.of(1, 2));
    a.send(Uint8Array.of(3));
    a.end();
    await settle();
    expect(events).to.deep.equal(['message 1,2', 'message 3', 'end']);
    expect(kept[0]).to.deep.equal(Uint8Array.of(0xa5, 0xa5));
    expect(a.send(Uint8Array.of(4)), 'after the end').to.equal(false);
  });

  it('keep what a paused side does not take, and say when it drained', async () => {
    const [a, b] = memoryPair({ highWater: 10 });
    const sender = listen(a);
    const receiver = listen(b);
    b.pause();
    expect(a.send(new Uint8Array(10))).to.equal(true);
    expect(a.send(new Uint8Array(1))).to.equal(false);
    await settle();
    expect(receiver.events).to.deep.equal([]);
    expect(a.queued).to.equal(11);
    b.resume();
    await settle();
    expect(a.queued).to.equal(0);
    expect(receiver.events).to.have.length(2);
    expect(sender.events).to.deep.equal(['drain']);
  });

  it('close in order behind what was sent, and reset at once', async () => {
    const [a, b] = memoryPair();
    listen(a);
    const there = listen(b);
    a.send(Uint8Array.of(1));
    a.close();
    await settle();
    expect(there.events).to.deep.equal(['message 1', 'closed']);
    const [c, d] = memoryPair();
    const here = listen(c);
    const other = listen(d);
    c.send(Uint8Array.of(1));
    c.reset();
    await settle();
    expect(here.events).to.deep.equal(['reset']);
    expect(other.events).to.deep.equal(['reset']);
  });

  it('take the time that their clock says', async () => {
    const clock = new VirtualClock();
    const [a, b] = memoryPair({ schedule: (deliver) => void clock.after(30, deliver) });
    const { events } = listen(b);
    a.send(Uint8Array.of(1));
    await clock.advance(29);
    expect(events).to.deep.equal([]);
    await clock.advance(1);
    expect(events).to.deep.equal(['message 1']);
  });
});
