import { expect } from 'chai';
import type { Channel, ChannelHandlers } from '../../transport/channel.ts';
import { type Fault, type FaultOptions, fault } from '../../transport/fault.ts';
import { VirtualClock } from '../../transport/virtual-clock.ts';
import { watch } from './streams.ts';

const END = { text: 'test', address: 'test', port: 0 };

/** A channel that keeps what is written to it, and what is called. */
class Sink implements Channel {
  readonly kind = 'pipe';
  readonly local = END;
  readonly remote = END;
  readonly security = null;
  queued = 0;
  handlers: ChannelHandlers | null = null;
  readonly writes: string[] = [];
  readonly log: string[] = [];
  start(handlers: ChannelHandlers): void {
    this.handlers = handlers;
  }
  write(bytes: Uint8Array): boolean {
    this.writes.push(Buffer.from(bytes).toString('latin1'));
    return true;
  }
  writeAll(parts: readonly Uint8Array[]): boolean {
    return this.write(Buffer.concat(parts));
  }
  pause(): void {
    this.log.push('pause');
  }
  resume(): void {
    this.log.push('resume');
  }
  end(): void {
    this.log.push('end');
  }
  close(): void {
    this.log.push('close');
    this.handlers?.closed({ kind: 'closed' });
  }
  reset(): void {
    this.log.push('reset');
    this.handlers?.closed({ kind: 'reset' });
  }
}

function make(options: Partial<FaultOptions>) {
  const clock = new VirtualClock();
  const sink = new Sink();
  const faults: Fault[] = [];
  const channel = fault(sink, {
    seed: 1,
    rates: {},
    clock,
    onFault: (what) => faults.push(what),
    ...options,
  });
  return { clock, sink, faults, channel, seen: watch(channel) };
}

const WORDS = Array.from({ length: 60 }, (_, i) => Buffer.from(`word ${i};`));
const ALL = WORDS.join('');

describe('fault', () => {
  it('does nothing at rate 0', () => {
    const { channel, sink, faults } = make({});
    for (const word of WORDS) expect(channel.write(word)).to.equal(true);
    expect([sink.writes, faults]).to.deep.equal([WORDS.map(String), []]);
    channel.pause();
    channel.resume();
    channel.end();
    expect(sink.log).to.deep.equal(['pause', 'resume', 'end']);
  });

  it('splits and merges, and loses no byte', async () => {
    const split = make({ rates: { split: 1 } });
    for (const word of WORDS) split.channel.writeAll([word.subarray(0, 2), word.subarray(2)]);
    expect(split.sink.writes.length).to.be.greaterThan(WORDS.length);
    expect(split.sink.writes.join('')).to.equal(ALL);
    const merge = make({ rates: { merge: 0.7 } });
    for (const word of WORDS) merge.channel.write(word);
    await merge.clock.advance(5);
    expect(merge.sink.writes.length).to.be.lessThan(WORDS.length);
    expect(merge.sink.writes.join('')).to.equal(ALL);
  });

  it('delays in order, and ends only behind what is delayed', async () => {
    const { channel, sink, seen, clock } = make({ rates: { delay: 0.5 }, delayMs: 100 });
    for (const word of WORDS) channel.write(word);
    channel.close();
    expect(sink.writes.length).to.be.lessThan(WORDS.length);
    expect(channel.queued).to.be.greaterThan(0);
    expect(channel.write(Buffer.from('late'))).to.equal(false);
    expect(seen.reason).to.equal(null);
    await clock.advance(101);
    expect(sink.writes.join('')).to.equal(ALL);
    expect([sink.log, seen.reason?.kind]).to.deep.equal([['close'], 'closed']);
    expect(clock.scheduled).to.equal(0);
  });

  it('drops whole writes and flips single bits', () => {
    const drop = make({ rates: { drop: 0.3 } });
    for (const word of WORDS) drop.channel.write(word);
    expect(drop.sink.writes.length + drop.faults.length).to.equal(WORDS.length);
    expect(drop.faults.length).to.be.within(5, 40);
    const corrupt = make({ rates: { corrupt: 1 } });
    const word = Buffer.from('0123456789');
    corrupt.channel.write(word);
    expect(word.toString()).to.equal('0123456789');
    const bits = [...Buffer.from(corrupt.sink.writes[0] as string, 'latin1')].map(
      (byte, i) => byte ^ (word[i] as number),
    );
    expect(bits.filter((b) => b !== 0).map((b) => Math.log2(b) % 1)).to.deep.equal([0]);
  });

  it('resets, and nothing comes after', async () => {
    const { channel, sink, seen, clock } = make({ rates: { delay: 1, reset: 0.1 } });
    for (const word of WORDS) channel.write(word);
    await clock.advance(1000);
    expect(sink.log).to.deep.equal(['reset']);
    expect(seen.reason?.kind).to.equal('reset');
    expect(sink.writes).to.deep.equal([]);
    expect(channel.queued).to.equal(0);
  });

  it('holds back the writer while much is held, and lets it go on', async () => {
    const { channel, seen, clock } = make({ rates: { delay: 1 }, delayMs: 10 });
    expect(channel.write(Buffer.alloc(65_536))).to.equal(true);
    expect(channel.write(Buffer.alloc(1))).to.equal(false);
    await clock.advance(20);
    expect(seen.drained).to.equal(1);
    expect(channel.write(Buffer.alloc(1))).to.equal(true);
  });

  it('does the same for the same seed, and something else for another', async () => {
    const course = async (seed: number): Promise<string[]> => {
      const { channel, sink, clock } = make({
        seed,
        rates: { drop: 0.2, delay: 0.3, split: 0.3, merge: 0.3, corrupt: 0.2 },
      });
      for (const word of WORDS) channel.write(word);
      await clock.advance(100);
      return sink.writes;
    };
    expect(await course(5)).to.deep.equal(await course(5));
    expect(await course(5)).not.to.deep.equal(await course(6));
  });

  it('hands on what comes from the other side', () => {
    const { sink, seen } = make({ rates: { drop: 1 } });
    sink.handlers?.data(Buffer.from('in'));
    sink.handlers?.end();
    sink.handlers?.drain();
    expect([seen.bytes.toString(), seen.ended, seen.drained]).to.deep.equal(['in', 1, 1]);
  });
});
