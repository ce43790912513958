/**
 * Every limit that `oncilla serve` has as an option, asked of a running daemon at, below and above, whether it began
 * with it or has it by a reload. The table has a row for every option, or it does not compile.
 */
import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { parseArguments } from '../../../cli/arguments.ts';
import { LIMIT_OPTIONS, limitsFrom } from '../../../cli/serve/limits.ts';
import { parseIdl } from '../../../codec/idl/index.ts';
import { encodeRecord, encodeReply } from '../../../codec/rpc/index.ts';
import { Engine } from '../../../server/engine/engine.ts';
import { callMessage, callRecord, eventually, mark, RawClient, words } from '../../peers/daemon.ts';
import { args, Connection, procedure, verdictOf } from '../../peers/reliability/world.ts';
import { hasOpenssl, makeCertificates } from '../../transport/certificates.ts';
import { scratch } from '../../transport/streams.ts';
import { keepaliveLeft } from '../../transport/tcp-timer.ts';
import { type Running, running } from './running.ts';

export type LimitName = keyof typeof LIMIT_OPTIONS;

/** A daemon that a case began, and connections to it. */
interface Kept extends Running {
  readonly port: number;
  connect(): Promise<Connection>;
}

/** Runs `f` on a daemon with these options, and ends both. */
type On = (options: readonly string[], f: (daemon: Kept) => Promise<void>) => Promise<void>;

/** How a daemon comes by its limits: it begins with them, or has them by a reload. */
export type Way = 'start' | 'reload';

const onDaemon =
  (way: Way): On =>
  async (options, f) => {
    const isLimit = (i: number): boolean =>
      Object.hasOwn(LIMIT_OPTIONS, (options[i - (i % 2)] ?? '').slice('--'.length));
    const started = await running(way === 'start' ? options : options.filter((_, i) => !isLimit(i)));
    const port = Number(started.daemon.listening.at(-1)?.url.split(':').at(-1));
    const open: RawClient[] = [];
    const connect = async () => {
      const raw = await RawClient.connect(port);
      open.push(raw);
      return new Connection(raw);
    };
    try {
      if (way === 'reload') await started.reload(options);
      await f({ ...started, port, connect });
    } finally {
      for (const raw of open) raw.close();
      await started.daemon.stop();
    }
  };

/** Whether bytes on a connection of their own are answered. */
async function answered({ connect }: Kept, parts: readonly Uint8Array[]): Promise<boolean> {
  const { raw } = await connect();
  raw.send(...parts);
  return (await raw.next(5000)) !== null;
}

/** A call of NULL with so many bytes in all, in so many fragments, with so many empty ones before them. */
function record(length: number, fragments = 1, empty = 0): Uint8Array[] {
  const message = Buffer.concat([callMessage(), Buffer.alloc(length)]).subarray(0, length);
  const size = Math.ceil(length / fragments);
  const parts = Array.from({ length: empty }, () => mark(false, 0));
  for (let at = 0; at < length; at += size) {
    const part = message.subarray(at, at + size);
    parts.push(mark(at + size >= length, part.length), part);
  }
  return parts;
}

/** Sends `bytes` behind the mark of their record, `rate` bytes a second by the clock, until they are out or refused. */
async function trickle(raw: RawClient, bytes: Uint8Array, rate: number): Promise<void> {
  const since = performance.now();
  raw.send(mark(true, bytes.length));
  let sent = 0;
  await eventually(() => {
    const due = Math.min(bytes.length, Math.ceil((rate * (performance.now() - since)) / 1000));
    if (raw.ending === null && due > sent) raw.send(bytes.subarray(sent, due));
    sent = due;
    return raw.ending !== null || sent === bytes.length;
  }, 10_000);
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000;

const XML = (name: string) =>
  `<domain type="test"><name>${name}</name><memory>1024</memory><os><type>hvm</type></os></domain>`;

/** Calls of GET_CAPABILITIES, whose replies are not taken. */
async function deaf({ connect }: Kept, calls: number): Promise<RawClient> {
  const { raw } = await connect();
  raw.socket.pause();
  const { number } = procedure('GET_CAPABILITIES');
  raw.send(...Array.from({ length: calls }, (_, xid) => callRecord({ xid, procedure: number })));
  return raw;
}

/** More replies than any socket's buffers take. */
const MANY = 20_000;

/** VIRT limits all its texts and arrays itself; this program leaves that to the server. */
const [LOOSE] = parseIdl(`
typedef string text<>;
typedef opaque bytes<>;
typedef int numbers<>;
struct link { int n; link *next; };
typedef link *chain;
program LOOSE { version LOOSE_V { void STRING(text) = 1; void OPAQUE(bytes) = 2; void ARRAY(numbers) = 3;
  void LIST(chain) = 4; } = 1; } = 0x20000002;`).programs;

const LOOSE_CALLS = LOOSE!.versions[0]!.procedures.map(({ name }) => name);

/** What an engine with the limit answers to each body, for a type that has no limit of its own. */
async function loose(
  way: Way,
  option: LimitName,
  number: number,
  bodies: readonly Uint8Array[],
): Promise<void> {
  const { decode } = limitsFrom(await parseArguments([`--${option}=4`], { options: LIMIT_OPTIONS }));
  const engine = new Engine(way === 'start' ? { limits: decode } : {});
  engine.addService({
    program: LOOSE!,
    handler: () => () => undefined,
    access: new Map(LOOSE_CALLS.map((name) => [name, 'ro'])),
  });
  if (way === 'reload') engine.setLimits({ limits: decode });
  const { url } = await engine.addListener('tcp://127.0.0.1:0', { access: 'rw' });
  const raw = await RawClient.connect(Number(url.split(':').at(-1)));
  const found: string[] = [];
  for (const body of bodies) {
    raw.send(callRecord({ program: LOOSE!.number, procedure: number, args: body }));
    found.push(verdictOf(await raw.next()));
  }
  raw.close();
  await engine.stop({ drainMs: 0 });
  expect(found, 'three, four, five').to.deep.equal(['SUCCESS', 'SUCCESS', 'GARBAGE_ARGS']);
}

const counted = (n: number, bytes: number) => Buffer.concat([words(n), Buffer.alloc(bytes)]);
const chain = (n: number) => words(...Array.from({ length: n }, (_, i) => [1, i]).flat(), 0);

/** Where a time is the limit, below is a second less, and above is at most this much late on a busy machine. */
const LATE_S = 4;

/** What a case cannot do without, where that is not always there. */
export const NEEDS: Readonly<Partial<Record<LimitName, readonly [what: string, there: () => boolean]>>> = {
  'tcp-keepalive': ['/proc/net/tcp', () => existsSync('/proc/net/tcp')],
  'max-handshake': ['openssl', hasOpenssl],
};

/** Those that see seconds go by and do little else: they may do so at the same time. */
export const SLOW: readonly LimitName[] = [
  'max-partial',
  'min-rate',
  'max-idle',
  'keepalive-interval',
  'max-keepalive',
  'max-handshake',
];

export function kept(way: Way): Readonly<Record<LimitName, () => Promise<void>>> {
  const on = onDaemon(way);
  return {
    'max-record': () =>
      on(['--max-record', '60'], async (daemon) => {
        const found = [56, 60, 61].map((length) => answered(daemon, record(length)));
        expect(await Promise.all(found)).to.deep.equal([true, true, false]);
      }),

    'max-fragments': () =>
      on(['--max-fragments', '4'], async (daemon) => {
        const found = [2, 4, 5].map((n) => answered(daemon, record(40, n)));
        expect(await Promise.all(found)).to.deep.equal([true, true, false]);
      }),

    'max-empty-fragments': () =>
      on(['--max-empty-fragments', '2'], async (daemon) => {
        const found = [1, 2, 3].map((n) => answered(daemon, record(40, 1, n)));
        expect(await Promise.all(found)).to.deep.equal([true, true, false]);
      }),

    'max-connections': () =>
      on(['--max-connections', '2'], async (daemon) => {
        for (const expected of [true, true, false]) {
          expect(await answered(daemon, [callRecord()])).to.equal(expected);
        }
      }),

    'max-newcomers': () =>
      on(['--max-newcomers', '2'], async ({ connect, metric }) => {
        const open = [(await connect()).raw, (await connect()).raw];
        // A caller is no newcomer: it neither counts nor is ended.
        open[1]!.send(callRecord());
        expect(await open[1]!.next(5000)).to.not.equal(null);
        open.push((await connect()).raw);
        expect(await metric('call_seconds_count', '"VIRT_NULL"')).to.equal(1);
        expect(open[0]!.ending, 'two at the limit').to.equal(null);
        open.push((await connect()).raw);
        expect(await open[0]!.ended(5000), 'the oldest of three').to.not.equal(null);
        expect(open.slice(1).map(({ ending }) => ending)).to.deep.equal([null, null, null]);
      }),

    'max-in-flight': async () => {
      const { path, remove } = scratch();
      await on(['--max-in-flight', '3', '--state-dir', path('state')], async ({ connect }) => {
        for (const defines of [1, 2, 3, 4, 5]) {
          const { raw } = await connect();
          const define = (xid: number) =>
            callRecord({
              xid,
              procedure: procedure('DOMAIN_DEFINE').number,
              args: args('DOMAIN_DEFINE', { xml: XML(`flight-${defines}-${xid}`) }),
            });
          raw.send(...Array.from({ length: defines }, (_, xid) => define(xid)), callRecord({ xid: 99 }));
          const order: number[] = [];
          for (let i = 0; i <= defines; i++) order.push((await raw.next(5000))?.xid ?? -1);
          // NULL waits for nothing but to be read: below three in flight it is answered at once; at three it is not
          // read before one of them has ended; and of more, as many must have.
          const before = order.indexOf(99);
          expect(before, `${defines} defines: ${order}`).to.be.at.least(Math.max(0, defines - 2));
          if (defines < 3) expect(before).to.equal(0);
          expect(order, 'every one is answered').to.have.members([...Array(defines).keys(), 99]);
        }
      }).finally(remove);
    },

    'max-queued': async () => {
      for (const limit of [100_000, 1_000_000]) {
        await on(['--max-queued', String(limit)], async (daemon) => {
          const raw = await deaf(daemon, MANY);
          const queued = () => daemon.metric('queued_bytes');
          expect(await eventually(async () => (await queued()) > limit, 8000), 'it fills up').to.equal(true);
          // What is still in one batch is seen to be too much when it is written.
          expect(await queued()).to.be.at.most(limit + 128 * 1024);
          raw.socket.resume();
          const done = await eventually(() => raw.replies.length === MANY, 8000);
          expect(done, 'what was held back is answered').to.equal(true);
        });
      }
    },

    'max-stalled': () =>
      on(['--max-queued', '100000', '--max-stalled', '2'], async (daemon) => {
        const since = performance.now();
        const [dead, slow] = [await deaf(daemon, MANY), await deaf(daemon, MANY)];
        const stopped = async () => (await daemon.metric('queued_bytes')) > 200_000;
        expect(await eventually(stopped), 'both are stopped').to.equal(true);
        slow.socket.resume();
        const gone = async () => (await daemon.metric('connections')) === 1;
        expect(await eventually(gone, 1000 * (2 + LATE_S)), 'the one that takes nothing').to.equal(true);
        expect(secondsSince(since)).to.be.at.least(1.9);
        expect(await eventually(() => slow.replies.length === MANY, 8000), 'the other').to.equal(true);
        dead.socket.resume();
        expect(await dead.ended()).to.not.equal(null);
        expect(dead.replies.length).to.be.lessThan(MANY);
      }),

    'max-partial': () =>
      on(['--max-partial', '2', '--min-rate', '1'], async ({ connect }) => {
        const [silent, slow] = [(await connect()).raw, (await connect()).raw];
        const since = performance.now();
        silent.send(callRecord().subarray(0, 20));
        // Longer than two seconds in all, and never two without a byte.
        const whole = trickle(slow, callMessage(), 13).then(() => slow.next(5000));
        expect(await silent.ended(1000 * (2 + LATE_S))).to.not.equal(null);
        expect(secondsSince(since)).to.be.at.least(1.95);
        expect(await whole).to.not.equal(null);
        expect(secondsSince(since)).to.be.at.least(2.9);
      }),

    'min-rate': () =>
      on(['--max-partial', '3', '--min-rate', '1000'], async ({ connect }) => {
        const message = callMessage({ args: Buffer.alloc(10_000) });
        const [fast, slow] = [(await connect()).raw, (await connect()).raw];
        const since = performance.now();
        const sent = [trickle(fast, message, 2500), trickle(slow, message, 250)];
        expect(await slow.ended(1000 * (4 + LATE_S)), 'a quarter of the rate').to.not.equal(null);
        expect(secondsSince(since)).to.be.at.least(2.95);
        await Promise.all(sent);
        expect(verdictOf(await fast.next(5000)), 'more than the rate').to.equal('GARBAGE_ARGS');
        expect(secondsSince(since), 'in more time than a silent one has').to.be.at.least(3.9);
      }),

    'max-string': () => loose(way, 'max-string', 1, [counted(3, 4), counted(4, 4), counted(5, 8)]),
    'max-opaque': () => loose(way, 'max-opaque', 2, [counted(3, 4), counted(4, 4), counted(5, 8)]),
    'max-array': () => loose(way, 'max-array', 3, [counted(3, 12), counted(4, 16), counted(5, 20)]),
    'max-list': () => loose(way, 'max-list', 4, [chain(3), chain(4), chain(5)]),

    'max-depth': async () => {
      // The arguments are a structure, and in it an array: two.
      for (const [depth, verdict] of [
        [3, 'SUCCESS'],
        [2, 'SUCCESS'],
        [1, 'GARBAGE_ARGS'],
      ] as const) {
        await on(['--max-depth', String(depth)], async ({ connect }) => {
          const connection = await connect();
          const body = args('VERSION_EXCHANGE', { minor_low: 0, minor_high: 1, features: ['a'] });
          expect(verdictOf(await connection.send('VERSION_EXCHANGE', body)), `${depth}`).to.equal(verdict);
        });
      }
    },

    'max-idle': () =>
      on(['--max-idle', '2'], async ({ connect }) => {
        const since = performance.now();
        const [idle, busy] = [await connect(), await connect()];
        const calling = eventually(async () => {
          await busy.call('NULL');
          return secondsSince(since) >= 4;
        }, 10_000);
        expect(await idle.raw.ended(1000 * (2 + LATE_S))).to.not.equal(null);
        expect(secondsSince(since)).to.be.at.least(1.95);
        await calling;
        expect(busy.raw.ending).to.equal(null);
      }),

    'tcp-keepalive': async () => {
      for (const seconds of [7, 60, 0]) {
        await on(['--tcp-keepalive', String(seconds)], async ({ connect, port }) => {
          const connection = await connect();
          await connection.call('NULL');
          const left = keepaliveLeft(port, connection.raw.socket.localPort!);
          if (seconds === 0) expect(left).to.equal(null);
          else expect(left).to.be.within(100 * (seconds - 1), 100 * seconds);
        });
      }
    },

    'keepalive-interval': async () => {
      const found = [1, 2].map((seconds) =>
        on(['--keepalive-interval', String(seconds)], async ({ connect }) => {
          const connection = await connect();
          const since = performance.now();
          await connection.exchange(['keepalive']);
          expect(await eventually(() => connection.raw.calls.length > 0, 1000 * (seconds + LATE_S))).to.equal(
            true,
          );
          expect(secondsSince(since)).to.be.within(seconds - 0.05, seconds + LATE_S);
        }),
      );
      await Promise.all(found);
    },

    'max-keepalive': () =>
      on(['--keepalive-interval', '1', '--max-keepalive', '2'], async ({ connect }) => {
        const [dead, alive] = [await connect(), await connect()];
        await dead.exchange(['keepalive']);
        await alive.exchange(['keepalive']);
        let answers = 0;
        const answer = () => {
          for (const { xid } of alive.raw.calls.slice(answers)) {
            alive.raw.send(encodeRecord(encodeReply({ xid, verdict: 'SUCCESS' })));
            answers++;
          }
          // A second answer of the one comes when the other has been given up.
          return dead.raw.ending !== null && answers >= 2;
        };
        expect(await eventually(answer, 1000 * (3 + LATE_S)), 'silence at the third time').to.equal(true);
        expect(dead.raw.calls, 'questions in a row').to.have.lengthOf(2);
        await alive.call('NULL');
      }),

    'max-handshake': async () => {
      const { path, remove } = scratch();
      const { server } = makeCertificates(path);
      const tls = ['--tls-cert', server.cert, '--tls-key', server.key, '--listen', 'tls://127.0.0.1:0'];
      try {
        const found = [1, 2].map((seconds) =>
          on([...tls, '--max-handshake', String(seconds)], async ({ connect }) => {
            const since = performance.now();
            const { raw } = await connect();
            expect(await raw.ended(1000 * (seconds + LATE_S))).to.not.equal(null);
            expect(secondsSince(since)).to.be.at.least(seconds - 0.05);
          }),
        );
        await Promise.all(found);
      } finally {
        remove();
      }
    },

    'max-events': () =>
      on(['--max-events', '4'], async ({ connect }) => {
        const [watcher, maker] = [await connect(), await connect()];
        await watcher.exchange();
        await watcher.call('EVENT_REGISTER', { source: 0, object: new Uint8Array(0) });
        const { raw } = watcher;
        const [DOMAIN, OVERFLOW] = [1, 3];
        /** One more event; and by the answer to a call of the watcher's, all that will be sent has been. */
        const event = async (name: string): Promise<number[]> => {
          await maker.call('DOMAIN_DEFINE', { xml: XML(name) });
          await watcher.call('NULL');
          return raw.calls.map(({ procedure: number }) => number);
        };
        for (let n = 1; n <= 4; n++) expect(await event(`event-${n}`)).to.deep.equal(Array(n).fill(DOMAIN));
        expect(await event('event-5'), 'a fifth').to.deep.equal(Array(4).fill(DOMAIN));
        expect(await event('event-6'), 'a sixth').to.deep.equal(Array(4).fill(DOMAIN));
        raw.send(...raw.calls.map(({ xid }) => encodeRecord(encodeReply({ xid, verdict: 'SUCCESS' }))));
        expect(await eventually(() => raw.calls.length > 4)).to.equal(true);
        expect(raw.calls[4]?.procedure).to.equal(OVERFLOW);
        expect(Buffer.from(raw.calls[4]!.body).readUInt32BE(0), 'events lost').to.equal(2);
        expect(await event('event-7')).to.deep.equal([...Array(4).fill(DOMAIN), OVERFLOW, DOMAIN]);
      }),

    'max-registrations': () =>
      on(['--max-registrations', '2'], async ({ connect }) => {
        const connection = await connect();
        await connection.exchange();
        const register = () => connection.call('EVENT_REGISTER', { source: 0, object: new Uint8Array(0) });
        const found = [await register(), await register(), await register()];
        expect(found.map(({ status }) => status)).to.deep.equal([0, 0, 1]);
      }),

    'max-udp-cache': () =>
      on(['--max-udp-cache', '3', '--listen', 'udp://127.0.0.1:0'], async ({ port, metric }) => {
        const socket = createSocket('udp4');
        const ask = (xid: number, name: string) =>
          new Promise<void>((resolve) => {
            socket.once('message', () => resolve());
            socket.send(callMessage({ xid, procedure: procedure(name).number }), port, '127.0.0.1');
          });
        const executed: number[] = [];
        for (const others of [1, 2, 3]) {
          const before = await metric('call_seconds_count', '"VIRT_GET_VERSION"');
          await ask(100 * others, 'GET_VERSION');
          for (let i = 1; i <= others; i++) await ask(100 * others + i, 'NULL');
          await ask(100 * others, 'GET_VERSION');
          executed.push((await metric('call_seconds_count', '"VIRT_GET_VERSION"')) - before);
        }
        socket.close();
        expect(executed, 'with two, three and four calls to remember').to.deep.equal([1, 1, 2]);
      }),
  };
}
