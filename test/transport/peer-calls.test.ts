import { expect } from 'chai';
import fc from 'fast-check';
import { decodeMessage, encodeReply, type RpcCall, RpcError } from '../../codec/rpc/index.ts';
import { encode } from '../../codec/xdr/index.ts';
import { oncRpc } from '../../transport/dialect.ts';
import { joined } from '../../transport/message.ts';
import { OutgoingCalls, type OutgoingOptions, type ReplyOutcome } from '../../transport/peer-calls.ts';
import { MessageWriter } from '../../transport/peer-writer.ts';
import { TimerWheel } from '../../transport/timer-wheel.ts';
import { settle, VirtualClock } from '../../transport/virtual-clock.ts';
import { ADD, BLOB, TOY } from './fixture.ts';

function side(more: Partial<OutgoingOptions> = {}) {
  const clock = new VirtualClock();
  const sent: RpcCall[] = [];
  const room = { ready: true };
  const calls = new OutgoingCalls({
    dialect: oncRpc,
    side: 'client',
    firstId: 100,
    wheel: new TimerWheel(clock),
    writer: new MessageWriter(),
    timeoutMs: 1000,
    credential: { flavor: 0, body: new Uint8Array(0) },
    outstanding: 4,
    whenFull: 'wait',
    send: (message) => sent.push(decodeMessage(joined(message).slice()) as RpcCall),
    ready: () => room.ready,
    ...more,
  });
  const reply = (message: Uint8Array): ReplyOutcome => {
    const lent = message.slice();
    const outcome = calls.reply(lent, oncRpc.classify(lent, oncRpc.newIncoming()));
    lent.fill(0xa5);
    return outcome;
  };
  const result = (xid: number, value: number): ReplyOutcome =>
    reply(encodeReply({ xid, verdict: 'SUCCESS' }, encode(ADD.result, value)));
  const add = (a = 1, options = {}): Promise<unknown> => calls.call(TOY.number, 2, ADD, { a, b: 0 }, options);
  return { clock, sent, room, calls, reply, result, add };
}

async function failure(promise: Promise<unknown>): Promise<RpcError> {
  try {
    await promise;
  } catch (error) {
    return error as RpcError;
  }
  throw new Error('it succeeded');
}

describe('transport: calls to the other side', () => {
  it('resolve with their own reply, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), async (order) => {
        const s = side();
        const promises = [10, 20, 30, 40].map((a) => s.add(a));
        for (const i of order) expect(s.result(s.sent[i]?.xid ?? -1, i)).to.equal('answered');
        expect(await Promise.all(promises)).to.deep.equal([0, 1, 2, 3]);
        expect(s.calls.size).to.equal(0);
      }),
      { numRuns: 24 },
    );
  });

  it('have xids without the top bit, or with it, and wrap around', () => {
    const client = side({ firstId: 0x7fffffff });
    void client.add();
    void client.add();
    expect(client.sent.map(({ xid }) => xid)).to.deep.equal([0x7fffffff, 0]);
    const server = side({ side: 'server', firstId: 0x7fffffff });
    void server.add();
    void server.add();
    expect(server.sent.map(({ xid }) => xid)).to.deep.equal([0xffffffff, 0x80000000]);
  });

  it('carry the credential of the connection or their own', () => {
    const s = side({ credential: { flavor: 1, body: Uint8Array.of(1, 2, 3, 4) } });
    void s.add();
    void s.add(1, { credential: { flavor: 0, body: new Uint8Array(0) } });
    expect(s.sent.map(({ credential }) => credential.flavor)).to.deep.equal([1, 0]);
  });

  it('count replies that nobody waits for, and settle nothing', async () => {
    const s = side();
    expect(s.result(100, 1), 'before any call').to.equal('unknown');
    const promise = s.add();
    expect(s.result(99, 1)).to.equal('unknown');
    expect(s.result(101, 1)).to.equal('unknown');
    expect(s.result(0x80000064, 1), 'the other side’s numbers').to.equal('unknown');
    expect(s.calls.size).to.equal(1);
    expect(s.result(100, 5)).to.equal('answered');
    expect(s.result(100, 6), 'twice').to.equal('stale');
    expect(await promise).to.equal(5);
  });

  it('fail with the verdict', async () => {
    const verdicts = [
      [{ verdict: 'PROG_UNAVAIL' }, { code: 'PROG_UNAVAIL' }],
      [
        { verdict: 'PROG_MISMATCH', low: 2, high: 4 },
        { code: 'PROG_MISMATCH', low: 2, high: 4 },
      ],
      [{ verdict: 'PROC_UNAVAIL' }, { code: 'PROC_UNAVAIL' }],
      [{ verdict: 'GARBAGE_ARGS' }, { code: 'GARBAGE_ARGS' }],
      [{ verdict: 'SYSTEM_ERR' }, { code: 'SYSTEM_ERR' }],
      [
        { verdict: 'RPC_MISMATCH', low: 2, high: 3 },
        { code: 'RPC_MISMATCH', low: 2, high: 3 },
      ],
      [
        { verdict: 'AUTH_ERROR', authStat: 5 },
        { code: 'AUTH_ERROR', authStat: 5 },
      ],
    ] as const;
    for (const [verdict, expected] of verdicts) {
      const s = side();
      const promise = s.add();
      s.reply(encodeReply({ xid: 100, ...verdict }));
      expect(await failure(promise)).to.include(expected);
    }
  });

  it('fail with MALFORMED for results of another type, and for more than them', async () => {
    for (const body of [new Uint8Array(0), new Uint8Array(3), new Uint8Array(8)]) {
      const s = side();
      const promise = s.add();
      expect(s.reply(encodeReply({ xid: 100, verdict: 'SUCCESS' }, body))).to.equal('answered');
      const error = await failure(promise);
      expect(error).to.be.instanceOf(RpcError).and.include({ code: 'MALFORMED' });
      expect(error.cause).to.have.property('name', 'XdrError');
    }
  });

  it('fail with MALFORMED for a header that breaks off or says nonsense', async () => {
    const whole = encodeReply({ xid: 100, verdict: 'PROG_MISMATCH', low: 1, high: 2 });
    const nonsense = (word: number, value: number): Uint8Array => {
      const copy = whole.slice();
      new DataView(copy.buffer).setUint32(4 * word, value);
      return copy;
    };
    const bad = [
      whole.subarray(0, 28),
      whole.subarray(0, 8),
      nonsense(2, 7),
      nonsense(5, 99),
      nonsense(4, 0xffff),
    ];
    for (const message of bad) {
      const s = side();
      const promise = s.add();
      expect(s.reply(message)).to.equal('malformed');
      expect(await failure(promise)).to.include({ code: 'MALFORMED' });
    }
  });

  it('fail at their deadline, and a reply after it is stale', async () => {
    const s = side();
    const early = failure(s.add(1, { timeoutMs: 200 }));
    const late = failure(s.add());
    await s.clock.advance(199);
    expect(s.calls.size).to.equal(2);
    await s.clock.advance(101);
    expect(await early).to.include({ code: 'TIMEOUT' });
    expect(s.result(100, 1)).to.equal('stale');
    await s.clock.advance(800);
    expect((await late).message).to.equal('no reply to TOY_ADD within 1000 ms');
    expect(s.clock.scheduled, 'the wheel stands still').to.equal(0);
  });

  it('can wait for ever', async () => {
    const s = side({ timeoutMs: Number.POSITIVE_INFINITY });
    const promise = s.add();
    await s.clock.advance(1e6);
    s.result(100, 3);
    expect(await promise).to.equal(3);
  });

  it('end with their signal, and listen to it no longer than needed', async () => {
    const s = side();
    const controller = new AbortController();
    const promise = s.add(1, { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await failure(promise)).to.equal(reason);
    expect(s.calls.size).to.equal(0);
    expect(s.result(100, 1)).to.equal('stale');
    expect(await failure(s.add(1, { signal: controller.signal }))).to.equal(reason);
    expect(s.sent).to.have.length(1);
    const other = new AbortController();
    const done = s.add(1, { signal: other.signal });
    s.result(101, 8);
    expect(await done).to.equal(8);
    other.abort();
  });

  it('wait at the limit, and go out in order when there is room', async () => {
    const s = side();
    const promises = [0, 1, 2, 3, 4, 5].map((a) => s.add(a));
    expect(s.sent, 'at the limit').to.have.length(4);
    expect(s.calls.size).to.equal(6);
    s.result(101, 1);
    expect(s.sent).to.have.length(5);
    for (const xid of [100, 102, 103, 104]) s.result(xid, 0);
    s.result(105, 7);
    expect((await Promise.all(promises))[5]).to.equal(7);
  });

  it('wait while the duplex is full; their deadline runs', async () => {
    const s = side();
    s.room.ready = false;
    const slow = failure(s.add(1, { timeoutMs: 100 }));
    const promise = s.add(2, { timeoutMs: 9000 });
    expect(s.sent).to.have.length(0);
    await s.clock.advance(200);
    expect(await slow).to.include({ code: 'TIMEOUT' });
    s.room.ready = true;
    s.calls.pump();
    expect(s.sent).to.have.length(1);
    s.result(100, 2);
    expect(await promise).to.equal(2);
  });

  it('are refused at the limit where that is asked for', async () => {
    const s = side({ whenFull: 'refuse', outstanding: 2 });
    void s.add();
    void s.add();
    expect(await failure(s.add())).to.include({ code: 'LIMIT' });
    s.result(100, 0);
    void s.add();
    expect(s.sent).to.have.length(3);
  });

  it('fail with BAD_VALUE and the reason for arguments that are none; nothing is sent', async () => {
    const s = side();
    const error = await failure(s.calls.call(TOY.number, 2, ADD, { a: 'x', b: 0 }));
    expect(error).to.include({ code: 'BAD_VALUE' });
    expect(error.message).to.match(/^arguments of TOY_ADD: a: /);
    expect(s.sent).to.have.length(0);
    expect(s.calls.size).to.equal(0);
    const long = { credential: { flavor: 1, body: new Uint8Array(404) } };
    expect(await failure(s.add(1, long))).to.include({ code: 'LIMIT' });
  });

  it('all fail when the connection ends, and so do later ones', async () => {
    const s = side();
    const promises = [1, 2, 3, 4, 5].map((a) => failure(s.add(a)));
    s.calls.close(new RpcError('CLOSED', 'gone'));
    for (const error of await Promise.all(promises)) expect(error).to.include({ code: 'CLOSED' });
    expect(await failure(s.add())).to.include({ code: 'CLOSED' });
    expect(s.calls.size).to.equal(0);
    await s.clock.advance(100);
    expect(s.clock.scheduled).to.equal(0);
  });

  it('give results that are the caller’s own', async () => {
    const s = side();
    const promise = s.calls.call(TOY.number, 2, BLOB, Uint8Array.of(1));
    s.reply(encodeReply({ xid: 100, verdict: 'SUCCESS' }, encode(BLOB.result, Uint8Array.of(4, 5, 6))));
    await settle();
    expect(await promise).to.deep.equal(Uint8Array.of(4, 5, 6));
  });

  it('take any bytes as a reply without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (tail, ours) => {
        const s = side();
        s.add().catch(() => undefined);
        const message = new Uint8Array(8 + tail.length);
        new DataView(message.buffer).setUint32(0, ours ? 100 : 5);
        message[7] = 1;
        message.set(tail, 8);
        expect(s.reply(message)).to.be.oneOf(ours ? ['answered', 'malformed'] : ['unknown']);
      }),
      { numRuns: 200 },
    );
  });
});
