import net from 'node:net';
import { expect } from 'chai';
import { connectClient } from '../../../client/client.ts';
import { Verdict } from '../../../codec/rpc/incoming.ts';
import {
  encodeCall,
  encodeRecord,
  isRpcError,
  type Procedure,
  RecordReader,
} from '../../../codec/rpc/index.ts';
import { smallestValue } from '../../../codec/xdr/index.ts';
import { Engine, type EngineOptions } from '../../../server/engine/engine.ts';
import { type MemoryDuplex, memoryPair } from '../../../transport/memory-duplex.ts';
import { Peer } from '../../../transport/peer.ts';
import type { Grant, Handler, ProcedureAccess } from '../../../transport/peer-types.ts';
import { settle, VirtualClock } from '../../../transport/virtual-clock.ts';
import { ADD, NULL, SLOW, TOY, TOY_ACCESS, toyService } from '../../transport/fixture.ts';
import { serialDialect } from '../../transport/serial-dialect.ts';
import { until } from '../../until.ts';

/** An engine in virtual time; `connect` gives a client over memory. */
function setup(options: EngineOptions = {}, handlers: Readonly<Record<string, Handler>> = {}) {
  const clock = new VirtualClock();
  const logged: string[] = [];
  const engine = new Engine({
    clock,
    descriptors: null,
    log: (level, event, fields) =>
      logged.push(`${level} ${event} ${fields.reason ?? fields.procedure ?? ''}`.trim()),
    ...options,
  });
  engine.addService(toyService(handlers));
  const connect = (access: Grant = 'rw'): { client: Peer; far: MemoryDuplex; accepted: boolean } => {
    const [a, b] = memoryPair();
    const accepted = engine.accept(b, { access }) !== null;
    return { client: new Peer(a), far: b, accepted };
  };
  return { clock, engine, logged, connect };
}

const add = (peer: Peer): Promise<unknown> => peer.call(TOY.number, 2, ADD, { a: 1, b: 2 });

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'SUCCESS',
    (error: unknown) => (isRpcError(error) ? error.code : String(error)),
  );

describe('server/engine: the engine', () => {
  it('serves many connections and counts', async () => {
    const s = setup();
    const clients = [s.connect(), s.connect(), s.connect()];
    expect(await Promise.all(clients.map(({ client }) => add(client)))).to.deep.equal([3, 3, 3]);
    expect(s.engine.connections).to.equal(3);
    expect(s.engine.metrics.calls(Verdict.SUCCESS, 'TOY_ADD')).to.equal(3);
    expect(s.engine.metricsText()).to.include('oncilla_connections 3\n');
    clients[0]?.client.close();
    await settle();
    expect(s.engine.connections).to.equal(2);
    expect(s.engine.metrics.ended('closed')).to.equal(1);
  });

  it('refuses every procedure that a read-only listener does not grant, of all there are', async () => {
    const all: readonly Procedure[] = TOY.versions.flatMap((version) => version.procedures);
    let reached: string[] = [];
    const handlers = Object.fromEntries(
      all.map(({ name, result }) => [
        name,
        () => {
          reached.push(name);
          return smallestValue(result);
        },
      ]),
    );
    for (const grant of ['ro', 'rw'] as const) {
      const s = setup({}, handlers);
      const { client } = s.connect(grant);
      for (const version of TOY.versions) {
        for (const procedure of version.procedures) {
          reached = [];
          const code = await codeOf(
            client.call(TOY.number, version.number, procedure, smallestValue(procedure.argument)),
          );
          const needs: ProcedureAccess | undefined =
            procedure.number === 0 ? 'before-open' : TOY_ACCESS.get(procedure.name);
          const allowed = needs !== undefined && (needs !== 'rw' || grant === 'rw');
          expect(code, `${procedure.name} over ${grant}`).to.equal(allowed ? 'SUCCESS' : 'AUTH_ERROR');
          expect(reached.length, procedure.name).to.equal(allowed ? 1 : 0);
        }
      }
    }
  });

  it('refuses connections above the limit, resets them, and recovers', async () => {
    const s = setup({ engineLimits: { connections: 2 } });
    const [one, two] = [s.connect(), s.connect()];
    // Places of those that have not called yet would be given to the newcomer.
    await Promise.all([add(one.client), add(two.client)]);
    const three = s.connect();
    expect([one.accepted, two.accepted, three.accepted]).to.deep.equal([true, true, false]);
    expect(three.far.closed).to.equal(true);
    expect(s.engine.metrics.refused('connections')).to.equal(1);
    expect(await add(two.client)).to.equal(3);
    one.client.close();
    await settle();
    expect(s.connect().accepted).to.equal(true);
  });

  it('ends the oldest silent connection in favour of a newcomer', async () => {
    const s = setup({ engineLimits: { newcomers: 2 } });
    const [silent, caller] = [s.connect(), s.connect()];
    await add(caller.client);
    s.connect();
    await settle();
    expect(s.engine.metrics.ended('newcomer')).to.equal(0);
    s.connect();
    await settle();
    expect(s.engine.metrics.ended('newcomer')).to.equal(1);
    expect(silent.client.closed).to.include({ kind: 'reset' });
    expect(await add(caller.client)).to.equal(3);
    expect(s.engine.connections).to.equal(3);
  });

  it('ends idle connections, and sweeps only while there are some', async () => {
    const s = setup({ engineLimits: { idleMs: 3000 } });
    expect(s.clock.scheduled).to.equal(0);
    const { client } = s.connect();
    await add(client);
    await s.clock.advance(2900);
    expect(s.engine.connections).to.equal(1);
    await s.clock.advance(2200);
    expect(s.engine.connections).to.equal(0);
    expect(s.engine.metrics.ended('idle')).to.equal(1);
    expect(s.clock.scheduled).to.equal(0);
  });

  it('bounds callbacks outstanding to one client', async () => {
    const s = setup({ engineLimits: { outstanding: 3 }, callbackTimeoutMs: 1000 });
    const [a, b] = memoryPair();
    const peer = s.engine.accept(b, { access: 'rw' }) as Peer;
    a.pause();
    const codes = Array.from({ length: 4 }, () => codeOf(peer.callback(TOY.number, 2, NULL, undefined)));
    await settle();
    expect(await codes[3]).to.equal('LIMIT');
    expect(peer.outstanding).to.equal(3);
    await s.clock.advance(1100);
    expect(await Promise.all(codes.slice(0, 3))).to.deep.equal(['TIMEOUT', 'TIMEOUT', 'TIMEOUT']);
    expect(peer.outstanding).to.equal(0);
  });

  it('reports failures of its own, and answers SYSTEM_ERR', async () => {
    const s = setup({}, { TOY_ADD: () => Promise.reject(new Error('boom')) });
    expect(await codeOf(add(s.connect().client))).to.equal('SYSTEM_ERR');
    expect(s.logged).to.include('error failed TOY_ADD');
    expect(s.engine.metrics.calls(Verdict.SYSTEM_ERR)).to.equal(1);
  });

  it('takes over no connection that is over already', async () => {
    const s = setup();
    const [a, b] = memoryPair();
    a.close();
    expect(s.engine.accept(b, { access: 'rw' })).to.equal(null);
    await settle();
    expect(s.engine.connections).to.equal(0);
  });

  it('drains on stop: no newcomers, calls in flight end, late ones are aborted', async () => {
    let finish = (_: string): void => undefined;
    const s = setup({}, { TOY_SLOW: () => new Promise<string>((resolve) => (finish = resolve)) });
    const [one, two] = [s.connect(), s.connect()];
    const slow = one.client.call(TOY.number, 2, SLOW, 1);
    await settle();
    const stopped = s.engine.stop({ drainMs: 5000 });
    expect(s.connect().accepted).to.equal(false);
    expect(s.engine.metrics.refused('draining')).to.equal(1);
    await settle();
    expect(two.client.closed).not.to.equal(null);
    expect(s.engine.connections).to.equal(1);
    finish('done');
    expect(await slow).to.equal('done');
    await stopped;
    await s.engine.stop();
    expect(s.engine.connections).to.equal(0);

    const t = setup({}, { TOY_SLOW: () => new Promise(() => undefined) });
    const stuck = codeOf(t.connect().client.call(TOY.number, 2, SLOW, 1));
    await settle();
    const forced = t.engine.stop({ drainMs: 1000 });
    await t.clock.advance(1100);
    await forced;
    expect(await stuck).to.equal('CLOSED');
    expect(t.engine.metrics.ended('drained')).to.equal(1);
  });
});

describe('server/engine: over real sockets', () => {
  let engine: Engine;
  let url: string;

  async function start(
    options: EngineOptions = {},
    handlers: Readonly<Record<string, Handler>> = {},
  ): Promise<void> {
    engine = new Engine(options);
    engine.addService(toyService({ TOY_SLOW: async (n) => `${n}`, ...handlers }));
    url = (await engine.addListener('tcp://127.0.0.1:0', { access: 'rw' })).url;
  }

  afterEach(() => engine.stop({ drainMs: 100 }));

  /** A plain socket, and a promise of all it received until it was closed. */
  function raw(to = url): { socket: net.Socket; closed: Promise<Buffer> } {
    const socket = net.connect(Number(new URL(to).port), '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    const closed = new Promise<Buffer>((resolve) =>
      socket.once('close', () => resolve(Buffer.concat(chunks))),
    );
    return { socket, closed };
  }

  const addCall = (xid: number): Uint8Array =>
    encodeRecord(
      encodeCall(
        { xid, program: TOY.number, version: 2, procedure: 1 },
        Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2),
      ),
    );

  async function canary(): Promise<void> {
    const client = await connectClient(url, TOY, 2);
    expect(await client.call('TOY_ADD', { a: 5, b: 6 })).to.equal(11);
    client.close();
  }

  it('answers hundreds of calls sent in one write, then the half-close', async () => {
    await start();
    const { socket, closed } = raw();
    socket.end(Buffer.concat(Array.from({ length: 200 }, (_, i) => addCall(i))));
    const reader = new RecordReader();
    reader.push(await closed);
    const xids: number[] = [];
    for (let record = reader.next(); record !== null; record = reader.next()) {
      xids.push(new DataView(record.bytes.buffer, record.bytes.byteOffset).getUint32(0));
    }
    expect(xids).to.deep.equal(Array.from({ length: 200 }, (_, i) => i));
    await canary();
  });

  it('serves records in fragments of one byte, and calls beyond its in-flight limit', async () => {
    await start({ engineLimits: { inFlight: 4 } });
    const { socket, closed } = raw();
    const message = encodeCall(
      { xid: 9, program: TOY.number, version: 2, procedure: 3 },
      Uint8Array.of(0, 0, 0, 8),
    );
    const parts = Array.from({ length: 50 }, () => encodeRecord(message, 1));
    socket.end(Buffer.concat(parts));
    expect((await closed).length).to.equal(50 * (4 + 24 + 8));
    await canary();
  });

  const hostile: readonly (readonly [string, Buffer])[] = [
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a TLS hello', Buffer.from('16030100f8010000f40303', 'hex')],
    ['a fragment of 2 GiB', Buffer.from('ffffffff', 'hex')],
    ['a record of 4 MiB and one byte', Buffer.from('80400001', 'hex')],
    ['empty fragments', Buffer.alloc(40)],
    ['half a mark, then the end', Buffer.from('800000', 'hex')],
  ];
  for (const [what, bytes] of hostile) {
    it(`closes on ${what}, without a reply`, async () => {
      await start();
      const { socket, closed } = raw();
      if (what.includes('the end')) socket.end(bytes);
      else socket.write(bytes);
      expect((await closed).length).to.equal(0);
      await canary();
      expect(engine.metrics.ended('limit') + engine.metrics.ended('malformed')).to.equal(1);
    });
  }

  it('serves the same on a listener of another dialect, beside the first', async () => {
    await start();
    const other = await engine.addListener('tcp://127.0.0.1:0', { access: 'ro', dialect: serialDialect });
    const client = await connectClient(other.url, TOY, 2, { dialect: serialDialect });
    expect(await client.call('TOY_ADD', { a: 1, b: 2 })).to.equal(3);
    expect(await codeOf(client.call('TOY_BLOB', new Uint8Array(1)))).to.equal('AUTH_ERROR');
    expect(engine.metrics.calls(Verdict.AUTH_ERROR, 'TOY_BLOB')).to.equal(1);
    await canary();
    client.close();
  });

  // Length words below a header's, or above what the engine takes: libvirt's count themselves.
  for (const length of [0, 1, 3, 4, 27, 0x0040_0005, 0x0100_0005, 0x8000_0000, 0xffff_ffff]) {
    it(`closes on a length of ${length} in a dialect that counts it in`, async () => {
      await start();
      const other = await engine.addListener('tcp://127.0.0.1:0', { access: 'rw', dialect: serialDialect });
      const { socket, closed } = raw(other.url);
      const word = Buffer.alloc(4);
      word.writeUInt32BE(length);
      socket.write(word);
      expect((await closed).length).to.equal(0);
      expect(engine.metrics.ended('limit')).to.equal(1);
      await canary();
    });
  }

  it('closes on half a record that does not come on, not before its time', async () => {
    await start({ engineLimits: { partialMs: 250 } });
    const { socket, closed } = raw();
    socket.write(addCall(1).subarray(0, 20));
    const begun = performance.now();
    await closed;
    expect(performance.now() - begun).to.be.within(240, 1500);
    await canary();
    expect(engine.metrics.ended('timeout')).to.equal(1);
  });

  it('refuses connections above its limit, and recovers to full capacity', async () => {
    await start({ engineLimits: { connections: 4 } });
    const clients = [];
    for (let i = 0; i < 4; i++) {
      const client = await connectClient(url, TOY, 2);
      await client.call('TOY_NULL', undefined);
      clients.push(client);
    }
    expect((await raw().closed).length).to.equal(0);
    expect(engine.metrics.refused('connections')).to.equal(1);
    for (const client of clients) client.close();
    await until(() => engine.connections === 0);
    await canary();
  });

  it('keeps a megabyte whole both ways', async () => {
    await start();
    const client = await connectClient(url, TOY, 2);
    const blob = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 7) & 255);
    const echoes = await Promise.all([
      client.call('TOY_BLOB', blob),
      client.call('TOY_BLOB', blob.subarray(5)),
    ]);
    expect(Buffer.compare(echoes[0], blob)).to.equal(0);
    expect(Buffer.compare(echoes[1], blob.subarray(5))).to.equal(0);
    client.close();
  });

  it('drains: who has nothing in flight is ended at once, and not waited for when it never closes', async () => {
    const logged: string[] = [];
    await start({ log: (_, event, fields) => logged.push(`${event} ${fields.reason ?? ''}`) });
    const socket = net.connect({
      port: Number(new URL(url).port),
      host: '127.0.0.1',
      allowHalfOpen: true, // its end never comes
    });
    let ended = false;
    let heard = 0;
    socket.on('error', () => undefined).on('data', ({ length }) => (heard += length));
    socket.on('end', () => {
      ended = true;
    });
    socket.write(addCall(1));
    await until(() => heard > 0);
    const begun = performance.now();
    const stopped = engine.stop({ drainMs: 60_000 });
    await until(() => ended);
    expect(performance.now() - begun, 'half-closed at once').to.be.below(1500);
    await stopped;
    expect(performance.now() - begun).to.be.below(8000);
    expect(logged).to.include('disconnected closed');
    expect(logged.join()).not.to.include('drained');
    socket.destroy();
  });

  it('drains: calls that were here before are answered', async () => {
    await start();
    const { socket, closed } = raw();
    await until(() => engine.connections === 1);
    socket.write(Buffer.concat([addCall(1), addCall(2)]));
    await engine.stop({ drainMs: 60_000 });
    const reader = new RecordReader();
    reader.push(await closed);
    expect([reader.next(), reader.next()].map((record) => record?.bytes.length)).to.deep.equal([28, 28]);
  });

  it('leaves nothing behind when connections come and go', async () => {
    await start();
    for (let i = 0; i < 100; i++) {
      const { socket, closed } = raw();
      socket.write(addCall(i));
      if (i % 2 === 0) socket.resetAndDestroy();
      else socket.end();
      await closed;
    }
    await canary();
    await until(() => engine.connections === 0);
    expect(engine.wheel.size).to.equal(0);
  });
});
