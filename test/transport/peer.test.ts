import { expect } from 'chai';
import { encodeReply, RpcError } from '../../codec/rpc/index.ts';
import { connect } from '../../transport/connect.ts';
import { listen } from '../../transport/listen.ts';
import { memoryPair } from '../../transport/memory-duplex.ts';
import { Peer, type PeerOptions } from '../../transport/peer.ts';
import type { Handler } from '../../transport/peer-types.ts';
import { TimerWheel } from '../../transport/timer-wheel.ts';
import { settle, VirtualClock } from '../../transport/virtual-clock.ts';
import { ADD, BLOB, ECHO, NULL, procedure, SLOW, TOY, toyService } from './fixture.ts';

interface Setup {
  readonly handlers?: Readonly<Record<string, Handler>>;
  readonly client?: PeerOptions;
  readonly server?: PeerOptions;
  readonly latencyMs?: number;
  readonly highWater?: number;
}

/** Two peers over memory with virtual time; the server serves TOY. */
function pair({ handlers = {}, client = {}, server = {}, latencyMs, highWater }: Setup = {}) {
  const clock = new VirtualClock();
  const wheel = new TimerWheel(clock);
  const [a, b] = memoryPair({
    ...(highWater !== undefined && { highWater }),
    ...(latencyMs !== undefined && { schedule: (f: () => void) => void clock.after(latencyMs, f) }),
  });
  const ends: string[] = [];
  const here = new Peer(a, {
    wheel,
    ...client,
    onClose: ({ kind }, cause) => ends.push(`client ${cause ?? kind}`),
  });
  const there = new Peer(b, {
    wheel,
    side: 'server',
    services: [toyService(handlers)],
    ...server,
    onClose: ({ kind }, cause) => ends.push(`server ${cause ?? kind}`),
  });
  return { clock, a, b, client: here, server: there, ends };
}

const call = (peer: Peer, a: number): Promise<unknown> => peer.call(TOY.number, 2, ADD, { a, b: 1 });

async function failure(promise: Promise<unknown>): Promise<RpcError> {
  try {
    await promise;
  } catch (error) {
    return error as RpcError;
  }
  throw new Error('it succeeded');
}

/** A handler that finishes when the test says so. */
function gate(): { handler: Handler; open: ((value: unknown) => void)[]; signals: AbortSignal[] } {
  const open: ((value: unknown) => void)[] = [];
  const signals: AbortSignal[] = [];
  const handler: Handler = (_, context) => {
    signals.push(context.signal);
    return new Promise((resolve) => open.push(resolve));
  };
  return { handler, open, signals };
}

describe('transport: the symmetric peer', () => {
  it('calls, both ways at once', async () => {
    const p = pair({ client: { services: [toyService({ TOY_ADD: ({ a, b }) => a * 100 + b })] } });
    const results = await Promise.all([
      call(p.client, 1),
      call(p.server, 2),
      call(p.client, 3),
      call(p.server, 4),
    ]);
    expect(results).to.deep.equal([2, 201, 4, 401]);
    const xids = (messages: readonly Uint8Array[]): number[] =>
      messages.filter((m) => m[7] === 0).map((m) => new DataView(m.buffer).getUint32(0));
    expect(xids(p.a.sent).every((xid) => xid < 0x80000000)).to.equal(true);
    expect(xids(p.b.sent).every((xid) => xid >= 0x80000000)).to.equal(true);
  });

  it('answers out of order', async () => {
    const g = gate();
    const p = pair({ handlers: { TOY_SLOW: g.handler } });
    const slow = p.client.call(TOY.number, 2, SLOW, 1);
    expect(await call(p.client, 4)).to.equal(5);
    expect(p.server.inFlight).to.equal(1);
    g.open[0]?.('late');
    expect(await slow).to.equal('late');
    expect(p.server.inFlight).to.equal(0);
  });

  it('lets a handler call back while its caller waits', async () => {
    const p = pair({
      client: { services: [toyService()] },
      handlers: {
        TOY_SLOW: async (_, { connection }) => {
          const sum = await connection.callback(TOY.number, 2, ADD, { a: 20, b: 3 });
          return `the client says ${sum}`;
        },
      },
    });
    expect(await p.client.call(TOY.number, 2, SLOW, 1)).to.equal('the client says 23');
  });

  it('answers PROG_UNAVAIL where it serves nothing', async () => {
    const p = pair();
    expect(await failure(call(p.server, 1))).to.include({ code: 'PROG_UNAVAIL' });
  });

  it('serves what is added later', async () => {
    const p = pair();
    p.client.serve(toyService());
    expect(await call(p.server, 1)).to.equal(2);
    expect(() => p.client.serve(toyService())).to.throw(TypeError);
  });

  it('times out when the way is too long', async () => {
    const p = pair({ latencyMs: 300, client: { timeoutMs: 500 } });
    const error = failure(call(p.client, 1));
    await p.clock.advance(1000);
    expect(await error).to.include({ code: 'TIMEOUT' });
    expect(p.client.counts).to.deep.equal({ stale: 1, unknown: 0, malformed: 0 });
    const longer = p.client.call(TOY.number, 2, ADD, { a: 5, b: 5 }, { timeoutMs: 700 });
    await p.clock.advance(700);
    expect(await longer).to.equal(10);
  });

  it('counts replies to nothing and never answers a reply', async () => {
    const p = pair();
    p.a.send(encodeReply({ xid: 5, verdict: 'SUCCESS' }));
    p.a.send(encodeReply({ xid: 0x80000005, verdict: 'AUTH_ERROR', authStat: 1 }));
    await settle();
    expect(p.server.counts.unknown).to.equal(2);
    expect(p.b.sent).to.have.length(0);
    expect(await call(p.client, 1)).to.equal(2);
  });

  it('gives a connection up whose replies break off', async () => {
    const p = pair({ handlers: {} });
    const error = failure(p.client.call(TOY.number, 2, ECHO, { text: '', data: new Uint8Array(0) }));
    const xid = new DataView((p.a.sent[0] as Uint8Array).buffer).getUint32(0);
    const bad = encodeReply({ xid, verdict: 'SUCCESS' });
    bad[11] = 9;
    p.b.send(bad);
    p.a.deliver();
    p.b.deliver();
    await settle();
    const outcome = await error;
    expect(outcome).to.be.instanceOf(RpcError);
  });

  describe('back-pressure', () => {
    it('stops reading at the limit of calls in flight, below and above it not', async () => {
      const g = gate();
      const p = pair({ handlers: { TOY_SLOW: g.handler }, server: { limits: { inFlight: 3 } } });
      const slow = (): Promise<unknown> => p.client.call(TOY.number, 2, SLOW, 1);
      const promises = [slow(), slow()];
      await settle();
      expect(p.b.paused, 'below').to.equal(false);
      promises.push(slow(), slow(), slow());
      await settle();
      expect(p.server.inFlight, 'at').to.equal(3);
      expect(p.b.paused).to.equal(true);
      expect(g.open).to.have.length(3);
      g.open[0]?.('a');
      await settle();
      expect(g.open, 'one more is read for each that ended').to.have.length(4);
      for (let i = 1; i < 5; i++) {
        g.open[i]?.('b');
        await settle();
      }
      expect(await Promise.all(promises)).to.have.length(5);
      expect(p.b.paused).to.equal(false);
    });

    it('closes at the deadline when no call ends', async () => {
      const g = gate();
      const p = pair({
        handlers: { TOY_SLOW: g.handler },
        server: { limits: { inFlight: 1, stalledMs: 1000 } },
      });
      const error = failure(p.client.call(TOY.number, 2, SLOW, 1));
      await p.clock.advance(990);
      expect(p.ends).to.deep.equal([]);
      await p.clock.advance(100);
      expect(p.ends).to.include('server stalled');
      expect(await error).to.include({ code: 'CLOSED' });
      expect(g.signals[0]?.aborted).to.equal(true);
    });

    it('stops reading while too many bytes are queued, and closes at the deadline', async () => {
      const p = pair({ server: { limits: { queuedBytes: 10_000, stalledMs: 1000 } }, highWater: 1000 });
      p.a.pause(); // a client that never reads
      const errors: Promise<RpcError>[] = [];
      const blob = new Uint8Array(4000);
      const more = async (): Promise<void> => {
        errors.push(failure(p.client.call(TOY.number, 2, BLOB, blob)));
        await settle();
      };
      await more();
      await more();
      expect(p.b.queued).to.be.within(8000, 10_000);
      expect(p.server.stopped, 'below').to.equal(false);
      await more();
      expect(p.b.queued).to.be.greaterThan(10_000);
      expect(p.server.stopped, 'above').to.equal(true);
      await more();
      expect(p.b.queued, 'nothing more is read').to.be.lessThan(13_000);
      await p.clock.advance(1100);
      expect(p.ends).to.include('server stalled');
      expect((await Promise.all(errors)).every((error) => error.code === 'CLOSED')).to.equal(true);
    });

    it('goes on when the other side reads again', async () => {
      const p = pair({ server: { limits: { queuedBytes: 10_000, stalledMs: 1000 } }, highWater: 1000 });
      p.a.pause();
      const blob = new Uint8Array(4000);
      const promises = Array.from({ length: 8 }, () => p.client.call(TOY.number, 2, BLOB, blob));
      await settle();
      expect(p.server.stopped).to.equal(true);
      await p.clock.advance(900);
      p.a.resume();
      await settle();
      expect(await Promise.all(promises)).to.have.length(8);
      await p.clock.advance(5000);
      expect(p.ends).to.deep.equal([]);
    });

    it('holds calls back while the way out is full', async () => {
      const p = pair({ client: { limits: { queuedBytes: 5000 } }, highWater: 1000 });
      p.b.pause();
      const promises = Array.from({ length: 5 }, () =>
        p.client.call(TOY.number, 2, BLOB, new Uint8Array(3000)),
      );
      await settle();
      expect(p.a.sent).to.have.length(2);
      p.b.resume();
      expect(await Promise.all(promises)).to.have.length(5);
    });
  });

  describe('ending', () => {
    it('in good order fails what is outstanding and tells once', async () => {
      const g = gate();
      const p = pair({ handlers: { TOY_SLOW: g.handler } });
      const error = failure(p.client.call(TOY.number, 2, SLOW, 1));
      await settle();
      let told = 0;
      p.server.onClose(() => told++);
      p.client.close();
      await settle();
      expect(await error).to.include({ code: 'CLOSED' });
      expect(await failure(call(p.client, 1))).to.include({ code: 'CLOSED' });
      expect(p.ends).to.deep.equal(['client closed', 'server closed']);
      expect(told).to.equal(1);
      expect(g.signals[0]?.aborted, 'handlers hear of it').to.equal(true);
      p.server.onClose(() => told++);
      expect(told, 'also when it is asked late').to.equal(2);
      g.open[0]?.('nobody waits');
      await settle();
      expect(p.server.inFlight).to.equal(0);
    });

    it('of the other side’s direction still answers what it asked', async () => {
      const g = gate();
      const p = pair({ handlers: { TOY_SLOW: g.handler } });
      const promise = p.client.call(TOY.number, 2, SLOW, 1);
      const callback = failure(call(p.server, 1));
      p.a.end();
      await settle();
      expect(await callback, 'no reply can come').to.include({ code: 'CLOSED' });
      expect(p.ends).to.deep.equal([]);
      g.open[0]?.('done');
      expect(await promise).to.equal('done');
      await settle();
      expect(p.ends).to.include('server closed');
    });

    it('by draining reads no more calls, ends those in flight, then closes', async () => {
      const g = gate();
      const p = pair({ handlers: { TOY_SLOW: g.handler } });
      const first = p.client.call(TOY.number, 2, SLOW, 1);
      await settle();
      const drained = p.server.drain(5000);
      const second = failure(call(p.client, 1));
      await settle();
      expect(p.ends).to.deep.equal([]);
      g.open[0]?.('done');
      expect(await first).to.equal('done');
      await drained;
      expect(await second).to.include({ code: 'CLOSED' });
      await p.server.drain(1);
    });

    it('by draining gives up at the deadline', async () => {
      const g = gate();
      const p = pair({ handlers: { TOY_SLOW: g.handler } });
      const error = failure(p.client.call(TOY.number, 2, SLOW, 1));
      await settle();
      const drained = p.server.drain(500);
      await p.clock.advance(600);
      await drained;
      expect(p.ends).to.include('server drained');
      expect(g.signals[0]?.aborted).to.equal(true);
      expect(await error).to.include({ code: 'CLOSED' });
    });
  });

  describe('keepalive', () => {
    const options = { program: TOY.number, version: 2, procedure: NULL, intervalMs: 1000, count: 3 };

    it('keeps a connection whose other side answers, whatever the answer', async () => {
      const p = pair();
      p.client.keepalive(options);
      p.server.keepalive(options); // the client serves nothing: PROG_UNAVAIL is a sign of life too
      await p.clock.advance(30_000);
      expect(p.ends).to.deep.equal([]);
      expect(p.server.callsReceived).to.be.within(10, 30);
    });

    it('asks nothing while messages come', async () => {
      const p = pair();
      p.server.keepalive(options);
      for (let i = 0; i < 20; i++) {
        await call(p.client, i);
        await p.clock.advance(500);
      }
      expect(p.client.callsReceived).to.equal(0);
    });

    it('ends a connection that is silent for one interval more than the count', async () => {
      const p = pair();
      p.a.pause();
      p.server.keepalive(options);
      await p.clock.advance(3900);
      expect(p.ends).to.deep.equal([]);
      await p.clock.advance(200);
      expect(p.ends).to.include('server silent');
    });
  });

  it('hands the handler what it needs to know', async () => {
    let seen: unknown;
    const p = pair({
      server: { id: 77, access: 'rw' },
      handlers: {
        TOY_ADD: ({ a }, context) => {
          const { program, version, credential, connection } = context;
          seen = [
            program,
            version,
            context.procedure.name,
            credential.flavor,
            connection.id,
            connection.access,
            connection.transport,
            connection.remote,
          ];
          return a;
        },
      },
    });
    await p.client.call(TOY.number, 4, procedure('TOY_ADD', 4), { a: 1, b: 1 });
    expect(seen).to.deep.equal([TOY.number, 4, 'TOY_ADD', 0, 77, 'rw', 'pipe', 'memory:a']);
  });

  it('counts what came and went', async () => {
    const p = pair();
    await call(p.client, 1);
    expect([p.client.bytesOut, p.server.bytesIn]).to.deep.equal([48, 48]);
    expect([p.client.bytesIn, p.server.bytesOut]).to.deep.equal([28, 28]);
    expect([p.client.received, p.server.received, p.server.callsReceived]).to.deep.equal([1, 1, 1]);
  });

  it('carries long opaques both ways at once, and what it handed over stays as it was', async () => {
    const kept: Uint8Array[] = [];
    const keep = (blob: Uint8Array): Uint8Array => {
      kept.push(blob);
      return blob;
    };
    const listener = await listen('tcp://127.0.0.1:0', {}, (duplex) => {
      new Peer(duplex, { side: 'server', services: [toyService({ TOY_BLOB: keep })] });
    });
    const client = new Peer(await connect(listener.url));
    const sizes = [1 << 20, 32_767, 32_768, 700_001, 3, 65_536, 1 << 20];
    const blobs = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
    for (let round = 0; round < 3; round++) {
      const results = (await Promise.all(
        blobs.map((blob) => client.call(TOY.number, 2, BLOB, blob)),
      )) as Uint8Array[];
      kept.push(...results);
    }
    // Copied, or a buffer of their own: no later message was read over an earlier one.
    expect(kept).to.have.length(6 * sizes.length);
    for (const blob of kept) {
      const at = sizes.findIndex((size, i) => size === blob.length && blob[0] === i + 1);
      expect(Buffer.compare(blob, blobs[at] as Uint8Array), `${blob.length} bytes`).to.equal(0);
    }
    client.close();
    await listener.close();
  });
});
