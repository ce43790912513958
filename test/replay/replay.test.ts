import { expect } from 'chai';
import { encodeReply } from '../../codec/rpc/index.ts';
import {
  Bodies,
  Comparer,
  type LinkHandlers,
  type Outcome,
  planOf,
  type RecordedSession,
  type ReplayOptions,
  replay,
  StateMap,
} from '../../replay/index.ts';
import { TransportError } from '../../transport/errors.ts';
import { parseTarget } from '../../transport/target.ts';
import { allPrograms, recordedCall, sessionFrom, type Told, VIRT } from './sessions.ts';

const EVENTS = { program: 0x20001a66, version: 1 };
const NULL: Told = { ...VIRT, procedure: 0, results: new Uint8Array(0) };
const xidOf = (bytes: Uint8Array) => Buffer.from(bytes).readUInt32BE(0);

/** What a target under test does with a message; `say` sends one back. */
type Behaviour = (bytes: Uint8Array, say: (bytes: Uint8Array) => void, close: () => void) => void;

const answers: Behaviour = (bytes, say) => say(encodeReply({ xid: xidOf(bytes), verdict: 'SUCCESS' }));

describe('replay/replay', () => {
  let bodies: Bodies;

  before(async () => {
    bodies = new Bodies(await allPrograms());
  });

  async function run(session: RecordedSession, behaviour: Behaviour, options: Partial<ReplayOptions> = {}) {
    const map = new StateMap();
    const outcomes: Outcome[] = [];
    const sent: Buffer[] = [];
    let opened = 0;
    const replayed = await replay({
      plan: planOf(session),
      bodies,
      comparer: new Comparer(bodies, { map }),
      map,
      schedule: { timing: { mode: 'asap' } },
      target: () => parseTarget('tcp://127.0.0.1:9'),
      async open(_, handlers: LinkHandlers) {
        opened++;
        return {
          send(message) {
            sent.push(Buffer.from(message));
            queueMicrotask(() =>
              behaviour(message, handlers.message, () => handlers.closed({ kind: 'closed' })),
            );
            return true;
          },
          close: () => {},
        };
      },
      timeoutMs: 50,
      now: () => performance.now(),
      emit: (outcome) => outcomes.push(outcome),
      firstXid: 7,
      ...options,
    });
    return { ...replayed, outcomes, sent, opened };
  }

  it('sends calls with xids of its own, on a connection for each recorded one', async () => {
    const found = await run(sessionFrom([NULL, { ...NULL, connection: 1 }, NULL]), answers);
    expect(found.sent.map(xidOf)).to.deep.equal([8, 9, 10]);
    expect(found.opened).to.equal(2);
    expect(found.tally.verdicts).to.deep.equal({ same: 3, mapped: 0, changed: 0, missing: 0, extra: 0 });
    expect(found.outcomes.map(({ procedure }) => procedure)).to.deep.equal([
      'VIRT.NULL',
      'VIRT.NULL',
      'VIRT.NULL',
    ]);
  });

  it('pairs answers in any order, and gives up those that do not come', async () => {
    const base = sessionFrom([]);
    const calls = [recordedCall(NULL, 1, 0, 3), recordedCall(NULL, 2, 1, 4), recordedCall(NULL, 3, 2, 5)];
    const held: Uint8Array[] = [];
    const found = await run({ ...base, calls }, (bytes, say) => {
      if (held.push(bytes) < 3) return;
      answers(held[2]!, say, () => {});
      answers(held[0]!, say, () => {});
    });
    expect(found.outcomes.map(({ call, verdict }) => [call!.number, verdict])).to.deep.equal([
      [3, 'same'],
      [1, 'same'],
      [2, 'missing'],
    ]);
    expect(found.outcomes[2]!.note).to.equal('nothing came within 0.05 s');
  });

  it('tells answers that the recording does not have, and calls that have none in both', async () => {
    const silent = { ...VIRT, procedure: 0 };
    const session = sessionFrom([silent, silent, NULL]);
    const found = await run(session, (bytes, say, close) => {
      if (xidOf(bytes) !== 9) answers(bytes, say, close);
    });
    expect(found.outcomes.map(({ call, verdict }) => [call!.number, verdict])).to.deep.equal([
      [1, 'extra'],
      [3, 'same'],
      [2, 'same'],
    ]);
  });

  it('sends a datagram again that gets no answer, with its xid, and compares the first answer', async () => {
    let lost = 2;
    const found = await run(
      sessionFrom([NULL, NULL]),
      (bytes, say, close) => {
        if (xidOf(bytes) === 8 && lost-- > 0) return;
        answers(bytes, say, close);
        answers(bytes, say, close);
      },
      {
        target: () => parseTarget('udp://127.0.0.1:9'),
        backoff: { firstMs: 3, factor: 2, mostMs: 10 },
        timeoutMs: 5000,
      },
    );
    expect(found.sent.map(xidOf)).to.deep.equal([8, 8, 8, 9]);
    expect(found.tally).to.include({ sent: 2, resent: 2 });
    expect(found.tally.verdicts).to.include({ same: 2, missing: 0, extra: 0 });
  });

  it('sends malformed calls byte for byte', async () => {
    const [call] = sessionFrom([NULL]).calls;
    const bytes = Uint8Array.of(0, 0, 0, 77, 0, 0, 0, 0, 0, 0, 0, 3);
    const session = {
      ...sessionFrom([]),
      calls: [{ ...call!, bytes, hasHeader: false, bodyOff: -1, program: -1 }],
    };
    const found = await run(session, answers);
    expect(found.sent).to.deep.equal([Buffer.from(bytes)]);
    expect(found.outcomes[0]).to.include({ procedure: 'malformed', verdict: 'same' });
  });

  it('connects again where the target closed, and is lost where nobody listens', async () => {
    const found = await run(sessionFrom([NULL, NULL]), (bytes, say, close) => {
      if (xidOf(bytes) === 8) close();
      else answers(bytes, say, close);
    });
    expect(found.outcomes.map(({ verdict }) => verdict)).to.deep.equal(['missing', 'same']);
    expect(found.opened).to.equal(2);
    const lost = await run(sessionFrom([NULL]), answers, {
      open: () => Promise.reject(new TransportError('UNREACHABLE', 'refused')),
    });
    expect(lost.lost?.message).to.equal('refused');
    expect((await run(sessionFrom([NULL]), () => {})).lost?.message).to.match(/answers nothing/);
  });

  it('answers calls of the server as recorded, and misses those that do not come', async () => {
    const calls = [recordedCall(NULL, 1, 0, 1)];
    const event = { ...EVENTS, procedure: 3, args: Uint8Array.of(0, 0, 0, 5) };
    const callbacks = [
      recordedCall({ ...event, results: new Uint8Array(0) }, 1, 2, 3),
      recordedCall(event, 2, 4, 5),
    ];
    const session = { ...sessionFrom([NULL]), callbacks };
    const connection = session.calls[0]!.connection;
    const joined = {
      ...session,
      calls: calls.map((call) => ({ ...call, connection })),
      callbacks: callbacks.map((call) => ({ ...call, connection })),
    };
    const fromServer = new Uint8Array(callbacks[0]!.bytes);
    new DataView(fromServer.buffer).setUint32(0, 0x80000001);
    const found = await run(joined, (bytes, say, close) => {
      if (xidOf(bytes) === 0x80000001) return;
      answers(bytes, say, close);
      say(fromServer);
    });
    expect(found.outcomes.map(({ isCallback, verdict }) => [isCallback, verdict])).to.deep.equal([
      [false, 'same'],
      [true, 'same'],
      [true, 'missing'],
    ]);
    expect(found.sent.at(-1)).to.deep.equal(
      Buffer.from(encodeReply({ xid: 0x80000001, verdict: 'SUCCESS' })),
    );
  });

  it('sends what a mutator makes of a call, lets it judge the answer, and goes on', async () => {
    const told: unknown[] = [];
    const found = await run(
      sessionFrom([NULL, NULL, NULL]),
      (bytes, say, close) => {
        if (bytes.length === 40) answers(bytes, say, close);
        else if (bytes.at(-1) === 2) close();
      },
      {
        timeoutMs: 20,
        mutate: (call, message, bodyOff) =>
          call.number === 1
            ? null
            : {
                message: Buffer.concat([message, Buffer.from([call.number])]),
                judge(reply, isClosed) {
                  told.push([bodyOff, reply, isClosed]);
                  return { verdict: 'same', note: 'as may be' };
                },
              },
      },
    );
    expect(told).to.deep.equal([
      [40, null, true],
      [40, null, false],
    ]);
    expect(found.outcomes.map(({ verdict, isMutated, note }) => [verdict, isMutated, note])).to.deep.equal([
      ['same', false, ''],
      ['same', true, 'as may be'],
      ['same', true, 'as may be'],
    ]);
  });

  it('tells a tap of every message', async () => {
    const seen: string[] = [];
    const found = await run(sessionFrom([NULL]), answers, {
      tap: (_, connection, direction, bytes) => seen.push(`${connection} ${direction} ${bytes.length}`),
    });
    expect(found.sent).to.have.length(1);
    expect(seen).to.deep.equal(['0 sent 40', '0 received 24']);
  });

  it('ends when interrupted, with what it has', async () => {
    const stop = new AbortController();
    const found = await run(sessionFrom([NULL, NULL]), () => stop.abort(), { signal: stop.signal });
    expect(found).to.include({ isInterrupted: true, lost: null });
    expect(found.outcomes).to.have.length(1);
  });
});
