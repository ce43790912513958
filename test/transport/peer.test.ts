import { expect } from 'chai';
import { parseIdl } from '../../codec/idl/index.ts';
import { Kind, Verdict } from '../../codec/rpc/incoming.ts';
import { type Procedure, type Program, RpcError } from '../../codec/rpc/index.ts';
import { Writer } from '../../codec/xdr/index.ts';
import { connect } from '../../transport/connect.ts';
import { type Dialect, oncRpc } from '../../transport/dialect.ts';
import { listen } from '../../transport/listen.ts';
import { memoryPair } from '../../transport/memory-duplex.ts';
import { Peer, type PeerOptions } from '../../transport/peer.ts';
import type { Handler, Service } from '../../transport/peer-types.ts';
import { TimerWheel } from '../../transport/timer-wheel.ts';
import { settle, VirtualClock } from '../../transport/virtual-clock.ts';
import { ADD, BLOB, NULL, procedure, SLOW, TOY, toyService } from './fixture.ts';
import { KEEP, StatusError, serialDialect } from './serial-dialect.ts';

interface Setup {
  readonly handlers?: Readonly<Record<string, Handler>>;
  readonly client?: PeerOptions;
  readonly server?: PeerOptions;
  readonly latencyMs?: number;
  readonly highWater?: number;
  readonly dialect?: Dialect;
}

/** Two peers over memory with virtual time; the server serves TOY. */
function pairOf({
  dialect = oncRpc,
  handlers = {},
  client = {},
  server = {},
  latencyMs,
  highWater,
}: Setup = {}) {
  const clock = new VirtualClock();
  const wheel = new TimerWheel(clock);
  const [a, b] = memoryPair({
    ...(highWater !== undefined && { highWater }),
    ...(latencyMs !== undefined && { schedule: (f: () => void) => void clock.after(latencyMs, f) }),
  });
  const ends: string[] = [];
  const here = new Peer(a, {
    dialect,
    wheel,
    ...client,
    onClose: ({ kind }, cause) => ends.push(`client ${cause ?? kind}`),
  });
  const there = new Peer(b, {
    dialect,
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

function written(write: (w: Writer) => void): Uint8Array {
  const writer = new Writer();
  write(writer);
  return writer.take();
}

/** What a peer owes, whatever it speaks. */
function suite(dialect: Dialect): void {
  const pair = (setup: Setup = {}) => pairOf({ dialect, ...setup });
  const idOf = (message: Uint8Array): { readonly kind: Kind; readonly id: number } => {
    const { kind, id } = dialect.classify(message, dialect.newIncoming());
    return { kind, id };
  };

  it('calls, both ways at once', async () => {
    const p = pair({ client: { services: [toyService({ TOY_ADD: ({ a, b }) => a * 100 + b })] } });
    const results = await Promise.all([
      call(p.client, 1),
      call(p.server, 2),
      call(p.client, 3),
      call(p.server, 4),
    ]);
    expect(results).to.deep.equal([2, 201, 4, 401]);
    for (const [{ sent }, side] of [
      [p.a, 'client'],
      [p.b, 'server'],
    ] as const) {
      const { low, count } = dialect.ids(side);
      const calls = sent.map(idOf).filter(({ kind }) => kind === Kind.CALL);
      expect(calls).to.have.length(2);
      for (const { id } of calls) expect(id).to.be.within(low, low + count - 1);
    }
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
    p.a.send(written((w) => dialect.writeReply(w, 5, TOY.number, 2, 1)));
    const denial = { authStat: 1 };
    p.a.send(
      written((w) => dialect.writeVerdict(w, 0x80000005, TOY.number, 2, 1, Verdict.AUTH_ERROR, denial)),
    );
    await settle();
    expect(p.server.counts.unknown).to.equal(2);
    expect(p.b.sent).to.have.length(0);
    expect(await call(p.client, 1)).to.equal(2);
  });

  it('gives a connection up whose replies say nonsense', async () => {
    const p = pair({ handlers: { TOY_SLOW: gate().handler } });
    const error = failure(p.client.call(TOY.number, 2, SLOW, 1));
    const { id } = idOf(p.a.sent[0] as Uint8Array);
    const bad = written((w) => dialect.writeReply(w, id, TOY.number, 2, SLOW.number));
    bad[dialect === oncRpc ? 11 : 23] = 9; // reply_stat, status
    p.b.send(bad);
    await settle();
    expect(await error).to.include({ code: 'MALFORMED' });
    expect(p.ends).to.include('client malformed');
    expect(p.client.counts.malformed).to.equal(1);
  });

  it('counts what is no message, and answers nothing', async () => {
    const p = pair();
    for (const length of [0, 1, 11, 23]) p.a.send(new Uint8Array(length).fill(0xff));
    await settle();
    expect(p.server.counts.malformed).to.equal(4);
    expect(p.b.sent).to.have.length(0);
    expect(await call(p.client, 1)).to.equal(2);
    expect(p.server.callsReceived).to.equal(1);
  });

  describe('errors', () => {
    const refused: readonly (readonly [string, number, number, Procedure, unknown, object])[] = [
      ['a program', 1, 2, ADD, { a: 1, b: 1 }, { code: 'PROG_UNAVAIL' }],
      ['a version', TOY.number, 3, ADD, { a: 1, b: 1 }, { code: 'PROG_MISMATCH', low: 2, high: 4 }],
      ['a procedure', TOY.number, 2, procedure('TOY_MISSING'), undefined, { code: 'PROC_UNAVAIL' }],
      ['arguments', TOY.number, 2, { ...ADD, argument: NULL.argument }, undefined, { code: 'GARBAGE_ARGS' }],
    ];
    for (const [what, program, version, which, args, expected] of refused) {
      it(`of the other side come as its verdict: ${what}`, async () => {
        const p = pair();
        expect(await failure(p.client.call(program, version, which, args))).to.include(expected);
        expect(await call(p.client, 1), 'and the connection goes on').to.equal(2);
      });
    }

    it('of access come with their auth_stat', async () => {
      const p = pair({ server: { access: 'ro' } });
      const error = await failure(p.client.call(TOY.number, 2, BLOB, new Uint8Array(1)));
      expect(error).to.include({ code: 'AUTH_ERROR', authStat: 5 });
    });

    const thrown: readonly (readonly [string, unknown, string])[] = [
      ['an RpcError', new RpcError('PROC_UNAVAIL', 'not agreed on'), 'PROC_UNAVAIL'],
      ['anything else', new Error('secret'), 'SYSTEM_ERR'],
    ];
    for (const [what, error, code] of thrown) {
      for (const late of [false, true]) {
        it(`thrown by a handler come as a verdict: ${what}, ${late ? 'later' : 'at once'}`, async () => {
          const handler: Handler = () => {
            if (!late) throw error;
            return settle().then(() => Promise.reject(error));
          };
          const p = pair({ handlers: { TOY_ADD: handler } });
          const told = await failure(call(p.client, 1));
          expect(told).to.include({ code });
          expect(told.message).not.to.include('secret');
        });
      }
    }
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
      const callback = failure(call(p.server, 1)).then((error) => [error.code, p.server.closed?.kind]);
      expect(p.server.closed).to.equal(null);
      p.a.end();
      await settle();
      expect(await callback, 'no reply can come, and who hears that finds it closed').to.deep.equal([
        'CLOSED',
        'closed',
      ]);
      expect(p.ends).to.deep.equal([]);
      g.open[0]?.('done');
      expect(await promise).to.equal('done');
      await settle();
      expect(p.ends).to.include('server closed');
    });

    it('of its own is to be seen by those whose calls it fails', async () => {
      for (const [end, kind] of [
        [(peer: Peer) => peer.close(), 'closed'],
        [(peer: Peer) => peer.giveUp('idle', 'a test'), 'reset'],
      ] as const) {
        const p = pair({ handlers: { TOY_SLOW: gate().handler } });
        const seen = failure(p.client.call(TOY.number, 2, SLOW, 1)).then(() => p.client.closed?.kind);
        await settle();
        end(p.client);
        expect(await seen).to.equal(kind);
      }
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
    const [asked, answered] = [p.a.sent[0]?.length, p.b.sent[0]?.length];
    expect([asked, answered]).to.deep.equal(dialect === oncRpc ? [48, 28] : [32, 28]);
    expect([p.client.bytesOut, p.server.bytesIn]).to.deep.equal([asked, asked]);
    expect([p.client.bytesIn, p.server.bytesOut]).to.deep.equal([answered, answered]);
    expect([p.client.received, p.server.received, p.server.callsReceived]).to.deep.equal([1, 1, 1]);
  });

  it('carries long opaques both ways at once, and what it handed over stays as it was', async () => {
    const kept: Uint8Array[] = [];
    const keep = (blob: Uint8Array): Uint8Array => {
      kept.push(blob);
      return blob;
    };
    const listener = await listen('tcp://127.0.0.1:0', { dialect }, (duplex) => {
      new Peer(duplex, { dialect, side: 'server', services: [toyService({ TOY_BLOB: keep })] });
    });
    const client = new Peer(await connect(listener.url, { dialect }), { dialect });
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
}

for (const dialect of [oncRpc, serialDialect]) {
  describe(`transport: the symmetric peer, dialect ${dialect.name}`, () => suite(dialect));
}

/** What ONC RPC does not have and the interface does. */
describe('transport: the symmetric peer where the dialect has more to say', () => {
  const [keep] = parseIdl(
    `program KEEP { version KEEP1 { void KEEP_PING(void) = 1; void KEEP_PONG(void) = 2; } = 1; } = ${KEEP};`,
  ).programs as [Program];
  const [PING, PONG] = keep.versions.flatMap(({ procedures }) => procedures) as [Procedure, Procedure];

  /** Answers a PING with a PONG, as libvirt's keepalive has it. */
  const keeper = (heard: string[]): Service => ({
    program: keep,
    access: 'unrestricted',
    handler:
      (name) =>
      (_, { xid, connection }) => {
        heard.push(`${name} ${xid}`);
        return name === 'KEEP_PING' ? connection.callback(KEEP, 1, PONG, undefined) : undefined;
      },
  });

  it('repeats in a reply what it answers', async () => {
    const p = pairOf({
      dialect: serialDialect,
      handlers: {
        TOY_SLOW: () => settle().then(() => 'late'),
        TOY_ECHO: () => Promise.reject(new Error('x')),
      },
    });
    const asked: readonly (readonly [program: number, version: number, what: Procedure, args: unknown])[] = [
      [TOY.number, 4, procedure('TOY_ADD', 4), { a: 1, b: 1 }],
      [TOY.number, 2, SLOW, 1],
      [TOY.number, 2, procedure('TOY_ECHO'), { text: '', data: new Uint8Array(0) }],
      [TOY.number, 2, procedure('TOY_MISSING'), undefined],
      [TOY.number, 9, ADD, { a: 1, b: 1 }],
      [5, 6, ADD, { a: 1, b: 1 }],
    ];
    for (const [number, version, what, args] of asked) {
      await p.client.call(number, version, what, args).catch(() => undefined);
      const sent = p.b.sent.at(-1) as Uint8Array;
      expect(serialDialect.classify(sent, serialDialect.newIncoming())).to.include({
        kind: Kind.REPLY,
        program: number,
        version,
        procedure: what.number,
      });
    }
    expect(p.b.sent).to.have.length(asked.length);
  });

  it('tells without waiting for a reply, and is told', async () => {
    const heard: string[] = [];
    const p = pairOf({ dialect: serialDialect, client: { services: [keeper(heard)] } });
    p.server.serve(keeper(heard));
    expect(await p.client.call(KEEP, 1, PING, undefined)).to.equal(undefined);
    expect(p.client.outstanding).to.equal(0);
    await settle();
    expect(heard).to.deep.equal(['KEEP_PING -1', 'KEEP_PONG -1']);
    expect([p.a.sent.length, p.b.sent.length], 'a PING and a PONG').to.deep.equal([1, 1]);
  });

  it('never answers what has no reply, even where it cannot serve it', async () => {
    const p = pairOf({ dialect: serialDialect });
    await p.client.call(KEEP, 1, PING, undefined);
    await settle();
    expect(p.b.sent).to.deep.equal([]);
    p.server.serve({ ...keeper([]), handler: () => () => Promise.reject(new Error('boom')) });
    await p.client.call(KEEP, 1, PING, undefined);
    await settle();
    expect(p.b.sent).to.deep.equal([]);
    expect(await call(p.client, 1)).to.equal(2);
  });

  it('refuses arguments of it as of any call, and those of an ended connection', async () => {
    const p = pairOf({ dialect: serialDialect });
    const wrong = { ...PING, argument: ADD.argument };
    expect(await failure(p.client.call(KEEP, 1, wrong, { a: 'x', b: 1 }))).to.include({ code: 'BAD_VALUE' });
    p.client.close();
    expect(await failure(p.client.call(KEEP, 1, PING, undefined))).to.include({ code: 'CLOSED' });
  });

  it('is kept alive by PINGs that nobody answers but with PONGs, and ends without them', async () => {
    const options = { program: KEEP, version: 1, procedure: PING, intervalMs: 1000, count: 3 };
    const p = pairOf({ dialect: serialDialect, client: { services: [keeper([])] } });
    p.server.keepalive(options);
    await p.clock.advance(30_000);
    expect(p.ends).to.deep.equal([]);
    p.a.pause();
    await p.clock.advance(4000);
    expect(p.ends).to.include('server silent');
  });

  it('carries errors of the program’s own', async () => {
    const own = new StatusError(42, 'Domain not found');
    for (const handler of [
      () => {
        throw own;
      },
      () => Promise.reject(own),
    ]) {
      const p = pairOf({ dialect: serialDialect, handlers: { TOY_ADD: handler } });
      const told = await failure(call(p.client, 1));
      expect(told).to.be.instanceOf(StatusError).and.include({ code: 42, message: 'Domain not found' });
    }
    const p = pairOf({
      handlers: {
        TOY_ADD: () => {
          throw own;
        },
      },
    });
    expect(await failure(call(p.client, 1)), 'ONC RPC has no place for them').to.include({
      code: 'SYSTEM_ERR',
    });
  });
});
