/**
 * The codec beside @stellar/js-xdr and protobufjs: one message with 11 hypers (252 bytes) and one NFSv3
 * READDIRPLUS reply (32 entries). Everybody encodes and decodes the same data in turns; medians are reported, and
 * every result is consumed. Before anything is timed the round trips are checked.
 */
// @ts-expect-error it has no types of its own
import jsXdr from '@stellar/js-xdr';
import protobuf from 'protobufjs';
import { codecOf, xdr } from '../codec/xdr/index.ts';
import type { XdrType } from '../codec/xdr/types.ts';
import { median, type Row, times as timesAs } from './row.ts';

const ROUNDS = 15;
const ROUND_MS = 20;

interface Contestant {
  readonly subject: string;
  readonly encode: () => { readonly length: number };
  readonly decode: () => unknown;
  readonly bytes: number;
}

interface Task {
  readonly name: string;
  readonly contestants: readonly Contestant[];
}

/** Nanoseconds of one run, over as many as fit in a round. */
function timed(run: () => unknown, times: number, sink: unknown[]): number {
  const start = process.hrtime.bigint();
  let last: unknown;
  for (let i = 0; i < times; i++) last = run();
  const elapsed = Number(process.hrtime.bigint() - start);
  sink[0] = last;
  return elapsed / times;
}

/** Medians of several runs that take turns, so that a slow moment of the machine hits everybody. */
function race(runs: readonly (() => unknown)[]): number[] {
  const sink: unknown[] = [];
  const times = runs.map((run) => {
    timed(run, 2000, sink);
    return Math.max(10, Math.round((ROUND_MS * 1e6) / timed(run, 1000, sink)));
  });
  const samples = runs.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    runs.forEach((run, i) => {
      samples[i]?.push(timed(run, times[i] as number, sink));
    });
  }
  if (sink[0] === undefined) throw new Error('a run gave nothing');
  return samples.map(median);
}

const HYPERS = [
  'cpuTime',
  'userTime',
  'systemTime',
  'maxMemory',
  'memory',
  'rdRequests',
  'rdBytes',
  'wrRequests',
  'wrBytes',
  'rxBytes',
  'txBytes',
] as const;

const STATS = {
  name: 'web-frontend-production-01',
  uuid: Uint8Array.from({ length: 16 }, (_, i) => i * 7),
  id: 42,
  state: 1,
  title: 'Customer facing web front end',
  persistent: true,
  vcpus: Array.from({ length: 9 }, (_, i) => i * 100),
  tags: ['prod', 'eu-central'],
};

function hyperValues(): Record<(typeof HYPERS)[number], bigint> {
  const entries = HYPERS.map((name, i) => [name, 1_234_567_890_123n * BigInt(i + 1)] as const);
  return Object.fromEntries(entries) as Record<(typeof HYPERS)[number], bigint>;
}

function ours(type: XdrType, value: unknown): Contestant {
  const codec = codecOf(type);
  const bytes = codec.encode(value);
  return {
    subject: 'oncilla',
    encode: () => codec.encode(value),
    decode: () => codec.decode(bytes),
    bytes: bytes.length,
  };
}

// js-xdr has no types that describe run-time definitions.
// biome-ignore lint/suspicious/noExplicitAny: as said
type Untyped = any;
type Stellar = Record<string, Untyped>;

function stellar(
  define: (x: Untyped) => void,
  name: string,
  make: (types: Stellar) => unknown,
  same: Uint8Array,
): Contestant {
  const types: Stellar = jsXdr.config(define, {});
  const type = types[name];
  const value = make(types);
  const bytes: Buffer = type.toXDR(value);
  if (!bytes.equals(same)) throw new Error(`js-xdr encodes ${name} to other bytes`);
  return {
    subject: '@stellar/js-xdr',
    encode: () => type.toXDR(value),
    decode: () => type.fromXDR(bytes),
    bytes: bytes.length,
  };
}

function proto(source: string, name: string, value: Record<string, unknown>): Contestant {
  const type = protobuf.parse(source).root.lookupType(name);
  const message = type.fromObject(value);
  const bytes = type.encode(message).finish();
  return {
    subject: 'protobufjs',
    encode: () => type.encode(message).finish(),
    decode: () => type.decode(bytes),
    bytes: bytes.length,
  };
}

function statsTask(): Task {
  const type = xdr.struct({
    name: xdr.string(64),
    uuid: xdr.opaque(16),
    id: xdr.int(),
    state: xdr.enumeration({ STOPPED: 0, RUNNING: 1, PAUSED: 2 }),
    title: xdr.string(64),
    persistent: xdr.bool(),
    ...(Object.fromEntries(HYPERS.map((name) => [name, xdr.hyper()])) as Record<
      (typeof HYPERS)[number],
      ReturnType<typeof xdr.hyper>
    >),
    vcpus: xdr.varArray(xdr.int(), 64),
    tags: xdr.varArray(xdr.string(32), 8),
  });
  const hypers = hyperValues();
  const own = ours(type, { ...STATS, ...hypers });
  const theirs = stellar(
    (x) => {
      x.enum('State', { stopped: 0, running: 1, paused: 2 });
      x.struct('Stats', [
        ['name', x.string(64)],
        ['uuid', x.opaque(16)],
        ['id', x.int()],
        ['state', x.lookup('State')],
        ['title', x.string(64)],
        ['persistent', x.bool()],
        ...HYPERS.map((name) => [name, x.hyper()]),
        ['vcpus', x.varArray(x.int(), 64)],
        ['tags', x.varArray(x.string(32), 8)],
      ]);
    },
    'Stats',
    (types) => {
      const values = HYPERS.map((name) => [name, new jsXdr.Hyper(hypers[name])]);
      const state = types.State.running();
      return new types.Stats({
        ...STATS,
        uuid: Buffer.from(STATS.uuid),
        state,
        ...Object.fromEntries(values),
      });
    },
    own.encode() as Uint8Array,
  );
  const fields = HYPERS.map((name, i) => `int64 ${name} = ${i + 7};`).join(' ');
  const equivalent = proto(
    `syntax = "proto3"; enum State { STOPPED = 0; RUNNING = 1; PAUSED = 2; } message Stats {
      string name = 1; bytes uuid = 2; int32 id = 3; State state = 4; string title = 5; bool persistent = 6;
      ${fields} repeated int32 vcpus = 20; repeated string tags = 21; }`,
    'Stats',
    { ...STATS, ...Object.fromEntries(HYPERS.map((name) => [name, hypers[name].toString()])) },
  );
  return { name: 'a message with 11 hypers', contestants: [own, theirs, equivalent] };
}

const ENTRIES = 32;
const MODES = { type: 1, mode: 0o644, nlink: 1, uid: 1000, gid: 1000 };

function attributes(i: number): Record<string, bigint> {
  return { size: 4096n + BigInt(i), used: 8192n, fsid: 0xfd01n, fileid: 1_000_000n + BigInt(i) };
}

function times(i: number): Record<string, { seconds: number; nseconds: number }> {
  const time = { seconds: 1_700_000_000 + i, nseconds: 123_456_789 };
  return { atime: time, mtime: time, ctime: time };
}

const fileName = (i: number): string => `file-number-${i}.txt`;
const HANDLE = Uint8Array.from({ length: 28 }, (_, i) => i + 1);
const VERIFIER = Uint8Array.from({ length: 8 }, (_, i) => i + 1);

function readdirplusTask(): Task {
  const time = xdr.struct({ seconds: xdr.uint(), nseconds: xdr.uint() });
  const kind = xdr.enumeration({ REG: 1, DIR: 2, BLK: 3, CHR: 4, LNK: 5, SOCK: 6, FIFO: 7 });
  const fattr = xdr.struct({
    type: kind,
    mode: xdr.uint(),
    nlink: xdr.uint(),
    uid: xdr.uint(),
    gid: xdr.uint(),
    size: xdr.uhyper(),
    used: xdr.uhyper(),
    rdev: xdr.struct({ specdata1: xdr.uint(), specdata2: xdr.uint() }),
    fsid: xdr.uhyper(),
    fileid: xdr.uhyper(),
    atime: time,
    mtime: time,
    ctime: time,
  });
  const attr = xdr.union(['present', xdr.bool()], [xdr.arm([true], 'attributes', fattr), xdr.arm([false])]);
  const handle = xdr.union(
    ['present', xdr.bool()],
    [xdr.arm([true], 'handle', xdr.struct({ data: xdr.varOpaque(64) })), xdr.arm([false])],
  );
  const entry = xdr.struct({
    fileid: xdr.uhyper(),
    name: xdr.string(),
    cookie: xdr.uhyper(),
    attributes: attr,
    handle,
    get next() {
      return xdr.optional(entry);
    },
  });
  const ok = xdr.struct({
    dirAttributes: attr,
    verifier: xdr.opaque(8),
    entries: xdr.optional(entry),
    eof: xdr.bool(),
  });
  const status = xdr.enumeration({ OK: 0, NOTDIR: 20, BAD_COOKIE: 10_003 });
  const reply = xdr.union(
    ['status', status],
    [xdr.arm([0], 'ok', ok)],
    xdr.otherwise('fail', xdr.struct({ dirAttributes: attr })),
  );

  const attributesOf = (i: number) => ({
    present: true as const,
    attributes: { ...MODES, rdev: { specdata1: 0, specdata2: 0 }, ...attributes(i), ...times(i) },
  });
  const entries = Array.from({ length: ENTRIES }, (_, i) => ({
    fileid: 1_000_000n + BigInt(i),
    name: fileName(i),
    cookie: BigInt(i + 3),
    attributes: attributesOf(i),
    handle: { present: true as const, handle: { data: HANDLE } },
  }));
  const value = {
    status: 0,
    ok: { dirAttributes: attributesOf(99), verifier: VERIFIER, entries, eof: true },
  };
  const own = ours(reply, value);
  return {
    name: `an NFSv3 READDIRPLUS reply with ${ENTRIES} entries`,
    contestants: [own, stellarReaddirplus(own.encode() as Uint8Array), protoReaddirplus()],
  };
}

function stellarReaddirplus(same: Uint8Array): Contestant {
  const define = (x: Untyped): void => {
    x.enum('Kind', { reg: 1, dir: 2, blk: 3, chr: 4, lnk: 5, sock: 6, fifo: 7 });
    x.enum('Status', { ok: 0, notdir: 20, badCookie: 10_003 });
    x.struct('Time', [
      ['seconds', x.uint()],
      ['nseconds', x.uint()],
    ]);
    x.struct('Rdev', [
      ['specdata1', x.uint()],
      ['specdata2', x.uint()],
    ]);
    x.struct('Fattr', [
      ['type', x.lookup('Kind')],
      ...['mode', 'nlink', 'uid', 'gid'].map((name) => [name, x.uint()]),
      ['size', x.uhyper()],
      ['used', x.uhyper()],
      ['rdev', x.lookup('Rdev')],
      ['fsid', x.uhyper()],
      ['fileid', x.uhyper()],
      ...['atime', 'mtime', 'ctime'].map((name) => [name, x.lookup('Time')]),
    ]);
    x.struct('Entry', [
      ['fileid', x.uhyper()],
      ['name', x.string()],
      ['cookie', x.uhyper()],
      ['attributes', x.option(x.lookup('Fattr'))],
      ['handle', x.option(x.varOpaque(64))],
      ['next', x.option(x.lookup('Entry'))],
    ]);
    x.struct('Ok', [
      ['dirAttributes', x.option(x.lookup('Fattr'))],
      ['verifier', x.opaque(8)],
      ['entries', x.option(x.lookup('Entry'))],
      ['eof', x.bool()],
    ]);
    x.struct('Fail', [['dirAttributes', x.option(x.lookup('Fattr'))]]);
    x.union('Reply', {
      switchOn: x.lookup('Status'),
      switchName: 'status',
      switches: [['ok', 'ok']],
      arms: { ok: x.lookup('Ok'), fail: x.lookup('Fail') },
      defaultArm: x.lookup('Fail'),
    });
  };
  return stellar(
    define,
    'Reply',
    (t) => {
      const big = (values: Record<string, bigint>) =>
        Object.fromEntries(Object.entries(values).map(([k, v]) => [k, new jsXdr.UnsignedHyper(v)]));
      const fattr = (i: number) =>
        new t.Fattr({
          ...MODES,
          type: t.Kind.reg(),
          rdev: new t.Rdev({ specdata1: 0, specdata2: 0 }),
          ...big(attributes(i)),
          ...Object.fromEntries(Object.entries(times(i)).map(([k, v]) => [k, new t.Time(v)])),
        });
      let next: unknown;
      for (let i = ENTRIES - 1; i >= 0; i--) {
        next = new t.Entry({
          ...big({ fileid: 1_000_000n + BigInt(i), cookie: BigInt(i + 3) }),
          name: fileName(i),
          attributes: fattr(i),
          handle: Buffer.from(HANDLE),
          next,
        });
      }
      const ok = new t.Ok({
        dirAttributes: fattr(99),
        verifier: Buffer.from(VERIFIER),
        entries: next,
        eof: true,
      });
      return t.Reply.ok(ok);
    },
    same,
  );
}

function protoReaddirplus(): Contestant {
  const source = `syntax = "proto3";
    message Time { uint32 seconds = 1; uint32 nseconds = 2; }
    message Rdev { uint32 specdata1 = 1; uint32 specdata2 = 2; }
    message Fattr { uint32 type = 1; uint32 mode = 2; uint32 nlink = 3; uint32 uid = 4; uint32 gid = 5;
      uint64 size = 6; uint64 used = 7; Rdev rdev = 8; uint64 fsid = 9; uint64 fileid = 10;
      Time atime = 11; Time mtime = 12; Time ctime = 13; }
    message Entry { uint64 fileid = 1; string name = 2; uint64 cookie = 3; Fattr attributes = 4; bytes handle = 5; }
    message Ok { Fattr dirAttributes = 1; bytes verifier = 2; repeated Entry entries = 3; bool eof = 4; }
    message Fail { Fattr dirAttributes = 1; }
    message Reply { uint32 status = 1; oneof body { Ok ok = 2; Fail fail = 3; } }`;
  const text = (values: Record<string, bigint>) =>
    Object.fromEntries(Object.entries(values).map(([k, v]) => [k, v.toString()]));
  const fattr = (i: number) => ({
    ...MODES,
    rdev: { specdata1: 0, specdata2: 0 },
    ...text(attributes(i)),
    ...times(i),
  });
  const entries = Array.from({ length: ENTRIES }, (_, i) => ({
    ...text({ fileid: 1_000_000n + BigInt(i), cookie: BigInt(i + 3) }),
    name: fileName(i),
    attributes: fattr(i),
    handle: HANDLE,
  }));
  return proto(source, 'Reply', {
    status: 0,
    ok: { dirAttributes: fattr(99), verifier: VERIFIER, entries, eof: true },
  });
}

/** Nanoseconds of one encode and one decode, for each message and each library. */
export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const task of [statsTask(), readdirplusTask()]) {
    for (const verb of ['encode', 'decode'] as const) {
      const medians = race(task.contestants.map((contestant) => contestant[verb]));
      const own = medians[0] as number;
      task.contestants.forEach(({ subject, bytes }, i) => {
        const value = medians[i] as number;
        const note =
          i === 0 ? `${bytes} bytes` : `${bytes} bytes, ours is ${timesAs(value / own, 'as fast')}`;
        rows.push({ name: `${verb} ${task.name}, ${subject}`, value, unit: 'ns', note });
      });
    }
  }
  return rows;
}
