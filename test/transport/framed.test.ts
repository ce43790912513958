import { expect } from 'chai';
import fc from 'fast-check';
import { encodeRecord } from '../../codec/rpc/record-writer.ts';
import type { Channel, ChannelHandlers, CloseReason } from '../../transport/channel.ts';
import { type FramedOptions, framed } from '../../transport/framed.ts';
import type { MessageDuplex } from '../../transport/message-duplex.ts';
import { TimerWheel } from '../../transport/timer-wheel.ts';
import { settle, VirtualClock } from '../../transport/virtual-clock.ts';
import { type Seen, watch } from './streams.ts';

const END = { text: 'test', address: 'test', port: 0 };

/** A channel whose other end is the test. Bytes given to the handler are overwritten when it returns. */
class TestChannel implements Channel {
  readonly kind = 'pipe';
  readonly local = END;
  readonly remote = END;
  readonly security = null;
  queued = 0;
  handlers: ChannelHandlers | null = null;
  readonly writes: (readonly Uint8Array[])[] = [];
  readonly log: string[] = [];
  more = true;

  start(handlers: ChannelHandlers): void {
    this.handlers = handlers;
  }
  write(bytes: Uint8Array): boolean {
    return this.writeAll([bytes]);
  }
  writeAll(parts: readonly Uint8Array[]): boolean {
    this.writes.push(parts);
    return this.more;
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
    this.over({ kind: 'closed' });
  }
  reset(): void {
    this.log.push('reset');
    this.over({ kind: 'reset' });
  }
  over(reason: CloseReason): void {
    const handlers = this.handlers;
    this.handlers = null;
    handlers?.closed(reason);
  }
  receive(bytes: Uint8Array): void {
    const lent = Uint8Array.from(bytes);
    this.handlers?.data(lent);
    lent.fill(0xa5);
  }
  get written(): Buffer {
    return Buffer.concat(this.writes.flat());
  }
}

function make(options: FramedOptions = {}): { channel: TestChannel; duplex: MessageDuplex; seen: Seen } {
  const channel = new TestChannel();
  const duplex = framed(channel, options);
  return { channel, duplex, seen: watch(duplex) };
}

/** Answers each message with its upper case. */
function answering(): { channel: TestChannel; duplex: MessageDuplex } {
  const channel = new TestChannel();
  const duplex = framed(channel);
  duplex.start({
    message: (bytes) => duplex.send(Buffer.from(Buffer.from(bytes).toString().toUpperCase())),
    drain: () => {},
    end: () => {},
    closed: () => {},
  });
  return { channel, duplex };
}

const text = (seen: Seen): string[] => seen.messages.map(String);

describe('framed', () => {
  it('sends the small messages of one turn as one write', async () => {
    const { channel, duplex } = make();
    for (const word of ['a', 'bc', '']) expect(duplex.send(Buffer.from(word))).to.equal(true);
    expect(duplex.queued).to.equal(15);
    expect(channel.writes).to.have.length(0);
    await settle();
    expect(channel.writes.map((parts) => parts.length)).to.deep.equal([1]);
    const expected = Buffer.concat(['a', 'bc', ''].map((word) => encodeRecord(Buffer.from(word))));
    expect(channel.written.equals(expected)).to.equal(true);
    expect(duplex.queued).to.equal(0);
    duplex.send(Buffer.from('d'));
    await settle();
    expect(channel.writes).to.have.length(2);
  });

  it('hands on large messages uncopied, in order among small ones', async () => {
    const { channel, duplex } = make();
    const large = Buffer.alloc(20_000, 1);
    const messages = [Buffer.from('x'), large, Buffer.from('y')];
    for (const message of messages) duplex.send(message);
    await settle();
    expect(channel.writes[0]?.[1]).to.equal(large);
    expect(channel.written.equals(Buffer.concat(messages.map((m) => encodeRecord(m))))).to.equal(true);
  });

  it('hands on the long part of a message uncopied, with the rest around it', async () => {
    const { channel, duplex } = make();
    const long = Buffer.alloc(20_000, 1);
    const message = [Buffer.from('head'), long, Buffer.from('tail')];
    duplex.send(Buffer.from('x'));
    duplex.send(message);
    duplex.send(Buffer.from('y'));
    expect(duplex.queued).to.equal(3 * 4 + 2 + 8 + long.length);
    await settle();
    expect(channel.writes[0]?.map((part) => part.length)).to.deep.equal([5 + 8, long.length, 4 + 5]);
    expect(channel.writes[0]?.[1]).to.equal(long);
    const expected = [Buffer.from('x'), Buffer.concat(message), Buffer.from('y')].map((m) => encodeRecord(m));
    expect(channel.written.equals(Buffer.concat(expected))).to.equal(true);
  });

  it('answers the messages of one chunk in one write, within the turn that brought them', () => {
    const { channel, duplex } = answering();
    channel.receive(Buffer.concat(['a', 'b', 'c'].map((word) => encodeRecord(Buffer.from(word)))));
    expect(channel.writes).to.have.length(1);
    expect(channel.written.toString('latin1').replaceAll(/[^A-C]/g, '')).to.equal('ABC');
    expect(duplex.queued).to.equal(0);
  });

  it('writes what was sent before a delivery together with what the delivery sends, once', async () => {
    const { channel, duplex } = answering();
    duplex.send(Buffer.from('Z'));
    channel.receive(encodeRecord(Buffer.from('a')));
    expect(channel.writes).to.have.length(1);
    expect(channel.written.toString('latin1').replaceAll(/[^A-Z]/g, '')).to.equal('ZA');
    await settle();
    expect(channel.writes, 'nothing is left for the end of the turn').to.have.length(1);
  });

  it('writes at the end of the turn, after what settled promises send', async () => {
    const { channel, duplex } = make();
    duplex.send(Buffer.from('a'));
    Promise.resolve()
      .then(() => duplex.send(Buffer.from('b')))
      .then(() => duplex.send(Buffer.from('c')));
    let immediate = -1;
    setImmediate(() => {
      immediate = channel.writes.length;
    });
    await settle();
    expect(channel.written.toString('latin1').replaceAll(/[^a-z]/g, '')).to.equal('abc');
    expect(channel.writes.length).to.be.at.most(2);
    expect(immediate, 'not as late as an Immediate').to.equal(channel.writes.length);
  });

  it('offers its channel the room of a large unfinished message, and says that the message is owned', () => {
    const channel = new TestChannel();
    const got: [number, boolean | undefined][] = [];
    framed(channel).start({
      message: (bytes, owned) => got.push([bytes.length, owned]),
      drain: () => {},
      end: () => {},
      closed: () => {},
    });
    const stream = encodeRecord(Buffer.alloc(200_000, 7));
    channel.receive(stream.subarray(0, 60_000));
    const room = channel.handlers?.room?.();
    room?.set(stream.subarray(60_000));
    expect(room?.length).to.equal(stream.length - 60_000);
    channel.handlers?.data(room as Uint8Array);
    channel.receive(encodeRecord(Buffer.alloc(3)));
    expect(got).to.deep.equal([
      [200_000, true],
      [3, false],
    ]);
  });

  it('writes early what grows large within a turn, and says when it is too much', async () => {
    const { channel, duplex, seen } = make();
    channel.more = false;
    let sent = 0;
    while (duplex.send(Buffer.alloc(1000))) sent++;
    expect(sent).to.be.within(60, 70);
    expect(channel.writes).to.have.length(1);
    expect(duplex.send(Buffer.alloc(10))).to.equal(false);
    channel.handlers?.drain();
    expect(seen.drained).to.equal(1);
    expect(duplex.send(Buffer.alloc(10))).to.equal(true);
  });

  it('sends what is left before an end and before a close, and nothing after', () => {
    for (const how of ['end', 'close'] as const) {
      const { channel, duplex } = make();
      duplex.send(Buffer.from('last'));
      duplex[how]();
      expect(duplex.send(Buffer.from('late'))).to.equal(false);
      expect(channel.written.subarray(4).toString()).to.equal('last');
      expect(channel.log).to.deep.equal([how]);
    }
    const { channel, duplex, seen } = make();
    duplex.send(Buffer.from('lost'));
    duplex.reset();
    expect(channel.writes).to.have.length(0);
    expect(seen.reason).to.deep.equal({ kind: 'reset' });
  });

  it('gives whole messages, however their bytes come and whenever it is paused', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 12 }),
        fc.array(fc.nat(50), { maxLength: 30 }),
        fc.array(fc.boolean(), { maxLength: 12 }),
        async (messages, cuts, pauses) => {
          const channel = new TestChannel();
          const duplex = framed(channel);
          const got: Buffer[] = [];
          let ended = false;
          duplex.start({
            message: (bytes) => {
              got.push(Buffer.from(bytes));
              if (pauses[got.length - 1]) {
                duplex.pause();
                setImmediate(() => duplex.resume());
              }
            },
            drain: () => {},
            end: () => {
              ended = true;
            },
            closed: () => {},
          });
          const stream = Buffer.concat(messages.map((m) => encodeRecord(m, 25)));
          let at = 0;
          for (const cut of [...cuts, stream.length]) {
            channel.receive(stream.subarray(at, at + cut));
            at += cut;
          }
          channel.handlers?.end();
          for (let i = 0; i < 20 && !ended; i++) await settle();
          expect(got.map((m) => m.toString('hex'))).to.deep.equal(
            messages.map((m) => Buffer.from(m).toString('hex')),
          );
          expect(ended).to.equal(true);
        },
      ),
      { numRuns: 60 },
    ));

  it('stops the channel while paused and delivers nothing, not even a message already here', async () => {
    const channel = new TestChannel();
    const duplex = framed(channel);
    const got: string[] = [];
    duplex.start({
      message: (bytes) => {
        got.push(Buffer.from(bytes).toString());
        if (got.length === 1) duplex.pause();
        // Taken back at once: nothing stops.
        if (got.length === 2) {
          duplex.pause();
          duplex.resume();
        }
      },
      drain: () => {},
      end: () => {},
      closed: () => {},
    });
    channel.receive(Buffer.concat(['a', 'b', 'c'].map((word) => encodeRecord(Buffer.from(word)))));
    await settle();
    expect([got, channel.log]).to.deep.equal([['a'], ['pause']]);
    duplex.resume();
    expect(got).to.deep.equal(['a']);
    await settle();
    expect([got, channel.log]).to.deep.equal([
      ['a', 'b', 'c'],
      ['pause', 'resume'],
    ]);
  });

  it('takes messages at the limit, and breaks off above it', () => {
    const limits = { recordBytes: 8, fragments: 2, emptyFragments: 1 };
    for (const [what, stream, good] of [
      ['8 bytes', encodeRecord(Buffer.alloc(8)), true],
      ['9 bytes', encodeRecord(Buffer.alloc(9)), false],
      ['2 fragments', encodeRecord(Buffer.alloc(8), 4), true],
      ['3 fragments', encodeRecord(Buffer.alloc(6), 2), false],
      ['the word of a length', Buffer.from([0x7f, 0xff, 0xff, 0xff]), false],
    ] as const) {
      const { channel, seen } = make({ limits });
      channel.receive(stream);
      expect(seen.messages.length, what).to.equal(good ? 1 : 0);
      expect(channel.log, what).to.deep.equal(good ? [] : ['reset']);
      if (good) continue;
      expect(seen.reason?.kind).to.equal('error');
      expect(seen.reason?.error).to.have.property('code', 'LIMIT');
    }
  });

  it('gives the good messages before the one that breaks a limit', () => {
    const { channel, seen } = make({ limits: { recordBytes: 8 } });
    channel.receive(Buffer.concat([encodeRecord(Buffer.from('good')), encodeRecord(Buffer.alloc(9))]));
    expect(text(seen)).to.deep.equal(['good']);
    expect(seen.reason?.kind).to.equal('error');
  });

  it('tells an end between messages from one within', () => {
    const good = make();
    good.channel.receive(encodeRecord(Buffer.from('a')));
    good.channel.handlers?.end();
    expect([good.seen.ended, good.seen.reason]).to.deep.equal([1, null]);
    for (const part of [3, 5]) {
      const { channel, seen } = make();
      channel.receive(encodeRecord(Buffer.from('abc')).subarray(0, part));
      channel.handlers?.end();
      expect(seen.ended).to.equal(0);
      expect(seen.reason?.error).to.have.property('code', 'MALFORMED');
    }
  });

  it('counts the bytes of both directions', async () => {
    const counts = { in: 0, out: 0 };
    const { channel, duplex } = make({
      onBytes: (direction, count) => {
        counts[direction] += count;
      },
    });
    channel.receive(encodeRecord(Buffer.from('abc')));
    duplex.send(Buffer.from('de'));
    await settle();
    expect(counts).to.deep.equal({ in: 7, out: 6 });
  });

  describe('deadline of a half-received message', () => {
    function timed(): ReturnType<typeof make> & { clock: VirtualClock; wheel: TimerWheel } {
      const clock = new VirtualClock();
      const wheel = new TimerWheel(clock);
      return { ...make({ wheel, stallMs: 1000, minBytesPerSecond: 1000 }), clock, wheel };
    }

    it('passes when nothing more comes', async () => {
      const { channel, seen, clock } = timed();
      channel.receive(Buffer.from([0x80, 0]));
      await clock.advance(990);
      expect(seen.reason).to.equal(null);
      await clock.advance(200);
      expect(seen.reason?.error).to.have.property('code', 'TIMEOUT');
    });

    it('passes when bytes trickle, and not when they come fast enough', async () => {
      const slow = timed();
      slow.channel.receive(Buffer.from([0x80, 0, 0xff, 0xff]));
      for (let i = 0; i < 12; i++) {
        slow.channel.receive(Buffer.from([1]));
        await slow.clock.advance(100);
      }
      expect(slow.seen.reason?.error).to.have.property('code', 'TIMEOUT');
      const fast = timed();
      fast.channel.receive(Buffer.from([0x80, 0, 0xff, 0xff]));
      for (let i = 0; i < 50; i++) {
        fast.channel.receive(Buffer.alloc(150));
        await fast.clock.advance(100);
      }
      expect(fast.seen.reason).to.equal(null);
    });

    it('ends with the message, and stands still while paused', async () => {
      const { channel, duplex, seen, clock, wheel } = timed();
      const record = encodeRecord(Buffer.from('abc'));
      channel.receive(record.subarray(0, 5));
      expect(wheel.size).to.equal(1);
      channel.receive(record.subarray(5));
      expect(wheel.size).to.equal(0);
      await clock.advance(5000);
      channel.receive(record.subarray(0, 5));
      duplex.pause();
      await clock.advance(5000);
      expect([seen.reason, text(seen)]).to.deep.equal([null, ['abc']]);
      duplex.resume();
      await clock.advance(900);
      expect(seen.reason).to.equal(null);
      await clock.advance(300);
      expect(seen.reason?.error).to.have.property('code', 'TIMEOUT');
      expect(wheel.size).to.equal(0);
    });
  });
});
