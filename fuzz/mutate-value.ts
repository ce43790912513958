/**
 * Mutations of a call's arguments, one at a time, from the map of their points: lengths, counts, padding, booleans,
 * enums, unions, optionals, strings, numbers, and the message cut short or made longer. Pure; the same arguments give
 * the same mutations in the same order. What each must be answered with is not said here (expect.ts).
 */
import {
  armOf,
  discriminantType,
  type EnumType,
  enumNames,
  type FloatType,
  type IntegerType,
  type UnionType,
} from '../codec/xdr/index.ts';
import { counted, type Edit, setWord, words } from './edit.ts';
import type { Mutation } from './mutation.ts';
import type { Point, PointMap } from './points.ts';

export interface ValueRules {
  /** the most bytes that a mutation may add: what a datagram can hold, or a record */
  readonly most: number;
}

/** Cuts at every four bytes are made this often at most, evenly spread. */
const CUTS = 64;

/** Cuts at every byte are made only behind the first and before the last so many. */
const BYTE_CUTS = 12;

const TWO_32 = 2 ** 32;

/** Every mutation of the arguments that begin at `off` and end the message. */
export function* mutateValue(
  message: Uint8Array,
  off: number,
  map: PointMap,
  rules: ValueRules,
): Generator<Mutation> {
  const at = new Arguments(message, off, rules);
  yield* at.cuts();
  for (const point of map.points) yield* at.at(point);
  yield* at.extras();
}

class Arguments {
  readonly #message: Uint8Array;
  readonly #off: number;
  readonly #most: number;

  constructor(message: Uint8Array, off: number, rules: ValueRules) {
    this.#message = message;
    this.#off = off;
    this.#most = rules.most;
  }

  *cuts(): Generator<Mutation> {
    const end = this.#message.length;
    const size = end - this.#off;
    const steps = size / 4;
    const stride = Math.max(1, Math.ceil(steps / CUTS));
    for (let i = 0; i < steps; i += stride) yield this.#cut('trunc@every4', i * 4);
    for (let at = 1; at < size; at++) {
      if (at % 4 !== 0 && (at < BYTE_CUTS || at > size - BYTE_CUTS)) yield this.#cut('trunc@every1', at);
    }
  }

  #cut(id: string, at: number): Mutation {
    const off = this.#off + at;
    return { id, path: `+${at}`, edit: { off, remove: this.#message.length - off, insert: EMPTY } };
  }

  *extras(): Generator<Mutation> {
    const size = this.#message.length - this.#off;
    for (const n of NESTED) {
      if (n * 4 - size > this.#most) break;
      // As flags and as discriminants each of these says that another comes.
      const insert = words(...new Array<number>(n).fill(1));
      yield { id: `nest(${n})`, path: '', edit: { off: this.#off, remove: size, insert } };
    }
    for (const n of [1, 4, 1024, 65_536, 900 * 1024]) {
      if (n > this.#most) return;
      const edit = { off: this.#message.length, remove: 0, insert: new Uint8Array(n).fill(0x41) };
      yield { id: `extra(${n})`, path: '', edit };
    }
  }

  *at(point: Point): Generator<Mutation> {
    const { path } = point;
    for (const [id, edit] of this.#edits(point)) {
      if (edit.insert.length - edit.remove <= this.#most) yield { id, path, edit };
    }
  }

  #edits(point: Point): Iterable<readonly [string, Edit]> {
    switch (point.kind) {
      case 'opaque':
        return this.#lengths(point.off, point.len, point.length, point.limit);
      case 'string':
        return [
          ...this.#lengths(point.off, point.len, point.length, point.limit),
          ...strings(point.off, point.len, point.limit),
        ];
      case 'count':
        return this.#counts(point);
      case 'padding':
        return padding(point.off, point.len);
      case 'flag':
        return this.#flags(point);
      case 'bool':
        return [2, 0x80000000, 0xffffffff].map((n) => [`bool.${nameOf(n)}`, setWord(point.off, n)]);
      case 'enum':
        return gaps(point.type as EnumType).map((n) => [`enum.gap(${n})`, setWord(point.off, n)]);
      case 'union':
        return badArms(point.type as UnionType, point.off);
      case 'integer':
        return integers(point.type as IntegerType, point.off);
      case 'float':
        return floats(point.type as FloatType, point.off);
    }
  }

  /** The word lies about what follows it; then, `size.*`, as many bytes as it says are there. */
  *#lengths(
    off: number,
    len: number,
    length: number,
    limit: number | undefined,
  ): Generator<readonly [string, Edit]> {
    const rest = this.#message.length - off - 4;
    const values: [string, number][] = [
      ['+1', length + 1],
      ['-1', length - 1],
      ['0', 0],
      ['rem', rest],
      ['rem+1', rest + 1],
      ['rem+4', rest + 4],
      ...HUGE,
    ];
    if (limit !== undefined) values.push(['max', limit], ['max+1', limit + 1]);
    for (const [name, value] of values) {
      if (value >= 0 && value < TWO_32 && value !== length) yield [`len.${name}`, setWord(off, value)];
    }
    if (limit === undefined || limit > this.#most) return;
    for (const [name, size] of [
      ['max', limit],
      ['max+1', limit + 1],
    ] as const) {
      yield [`size.${name}`, { off, remove: len, insert: counted(new Uint8Array(size).fill(0x41)) }];
    }
  }

  *#counts(point: Extract<Point, { kind: 'count' }>): Generator<readonly [string, Edit]> {
    const { off, count, limit, elementSize, element } = point;
    const rest = this.#message.length - off - 4;
    const fits = Math.floor(rest / Math.max(1, elementSize));
    const values: [string, number][] = [
      ['+1', count + 1],
      ['-1', count - 1],
      ['0', 0],
      ['rem', fits],
      ['rem+1', fits + 1],
      ...HUGE,
    ];
    if (limit !== undefined) values.push(['max', limit], ['max+1', limit + 1]);
    if (elementSize > 1) {
      const wrap = Math.ceil(TWO_32 / elementSize);
      values.push(['wrap', wrap], ['wrap+1', wrap + 1]);
    }
    for (const [name, value] of values) {
      if (value >= 0 && value < TWO_32 && value !== count) yield [`count.${name}`, setWord(off, value)];
    }
    if (limit === undefined || element === null || count === 0) return;
    for (const [name, wanted] of [
      ['max', limit],
      ['max+1', limit + 1],
    ] as const) {
      const missing = wanted - count;
      if (missing <= 0 || missing * element.len > this.#most) continue;
      yield [`items.${name}`, this.#repeated(off, wanted, element, missing)];
    }
  }

  /** The count says `wanted`, and the first element stands there so often more. */
  #repeated(off: number, wanted: number, element: { off: number; len: number }, times: number): Edit {
    const one = this.#message.subarray(element.off, element.off + element.len);
    const insert = new Uint8Array(element.off - off + times * element.len);
    insert.set(words(wanted));
    for (let i = 0; i < times; i++) insert.set(one, element.off - off + i * element.len);
    return { off, remove: element.off - off, insert };
  }

  *#flags(point: Extract<Point, { kind: 'flag' }>): Generator<readonly [string, Edit]> {
    const { off, list, item } = point;
    yield ['opt.2', setWord(off, 2)];
    yield ['opt.2^32-1', setWord(off, 0xffffffff)];
    yield [list ? 'opt.endless' : 'opt.flip', setWord(off, this.#message[off + 3] === 0 ? 1 : 0)];
    if (item === null) return;
    const one = new Uint8Array(4 + item.len);
    one.set(words(1));
    one.set(this.#message.subarray(item.off, item.off + item.len), 4);
    for (const n of CHAINS) {
      if (n * one.length > this.#most) return;
      const insert = new Uint8Array(n * one.length);
      for (let i = 0; i < n; i++) insert.set(one, i * one.length);
      yield [`opt.chain(${n})`, { off, remove: 0, insert }];
    }
  }
}

const EMPTY = new Uint8Array(0);

/** The words at which C's arithmetic turns over. */
const HUGE: readonly [string, number][] = [
  ['2^30', 2 ** 30],
  ['2^30+1', 2 ** 30 + 1],
  ['2^31-1', 2 ** 31 - 1],
  ['2^31', 2 ** 31],
  ['2^32-4', TWO_32 - 4],
  ['2^32-3', TWO_32 - 3],
  ['2^32-2', TWO_32 - 2],
  ['2^32-1', TWO_32 - 1],
];

/** Values within values. */
const NESTED = [100, 10_000];

/** Items of a list that stands for recursion in C: enough for a stack, not for the limit of 100,000. */
const CHAINS = [100, 10_000];

function nameOf(n: number): string {
  return n === 0xffffffff ? '2^32-1' : n === 0x80000000 ? '2^31' : String(n);
}

function* padding(off: number, len: number): Generator<readonly [string, Edit]> {
  yield ['pad.nonzero', { off, remove: len, insert: new Uint8Array(len).fill(0x41) }];
  yield ['pad.missing', { off, remove: len, insert: EMPTY }];
  yield ['pad.extra4', { off, remove: 0, insert: new Uint8Array(4) }];
}

/** Entities of ten of the one before: a billion (P-01). */
const LAUGHS = Array.from({ length: 10 }, (_, i) => {
  const text = i === 0 ? 'lol' : `&l${i - 1};`.repeat(10);
  return `<!ENTITY l${i} "${text}">`;
}).join('');

/** What terminals, loggers, file systems and printf make something of. */
const TEXTS: readonly [string, Uint8Array][] = [
  ['empty', EMPTY],
  ['nul', Uint8Array.of(0x61, 0, 0x62)],
  ['utf8bad', Uint8Array.of(0xc0, 0x80, 0xed, 0xa0, 0x80, 0xff, 0xfe)],
  ['esc', Buffer.from('\x1b]52;c;QQ==\x07\x1b[2J\x9b31m{bold}', 'latin1')],
  ['fmt', Buffer.from('%n%s%n%s%x%x%x%p%1000000d', 'latin1')],
  ['path', Buffer.from('../../../../etc/passwd', 'latin1')],
  ['proto', Buffer.from('__proto__', 'latin1')],
  ['xxe', Buffer.from('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', 'latin1')],
  ['laughs', Buffer.from(`<!DOCTYPE a [${LAUGHS}]><a>&l9;</a>`, 'latin1')],
  ['deep', Buffer.from('<a>'.repeat(1000), 'latin1')],
  ['rtl', Buffer.from('\u202e\u2066abc\ufeff', 'utf8')],
];

function* strings(
  off: number,
  len: number,
  limit = Number.POSITIVE_INFINITY,
): Generator<readonly [string, Edit]> {
  for (const [name, bytes] of TEXTS) {
    const text = bytes.subarray(0, Math.min(bytes.length, limit));
    yield [`str.${name}`, { off, remove: len, insert: counted(text) }];
  }
  for (const n of [255, 256, 4096, 65_535, 65_536]) {
    if (n > limit) return;
    yield [`str.long(${n})`, { off, remove: len, insert: counted(new Uint8Array(n).fill(0x61)) }];
  }
}

/** Values that no member has: beside the first, between, above the last, and the negative ones. */
function gaps(type: EnumType): number[] {
  const names = enumNames(type);
  const all = [...names.keys()].sort((a, b) => a - b);
  const [least = 0, most = 0] = [all[0], all.at(-1)];
  const near = all.map((n) => n + 1).find((n) => !names.has(n)) ?? most + 1;
  const wanted = [least - 1, near, most + 1, -1, 0x7fffffff, -0x80000000];
  return [...new Set(wanted)].filter((n) => n >= -0x80000000 && n <= 0x7fffffff && !names.has(n));
}

function* badArms(type: UnionType, off: number): Generator<readonly [string, Edit]> {
  const switched = discriminantType(type);
  const candidates = switched.kind === 'enum' ? [...gaps(switched), ...enumNames(switched).keys()] : BAD_ARMS;
  if (switched.kind === 'integer' && switched.bits === 64) return;
  for (const n of candidates) {
    const arm = armOf(type, n);
    if (arm === undefined) yield [`union.badarm(${n})`, setWord(off, n)];
    else if (!type.arms.some(({ cases }) => cases.includes(n)))
      yield [`union.default(${n})`, setWord(off, n)];
  }
}

const BAD_ARMS = [-1, 0, 1, 2, 99, 0x7fffffff];

function* integers(type: IntegerType, off: number): Generator<readonly [string, Edit]> {
  if (type.bits === 64) {
    for (const [name, value] of HYPERS) {
      const insert = new Uint8Array(8);
      new DataView(insert.buffer).setBigUint64(0, BigInt.asUintN(64, value));
      yield [`hyper.${name}`, { off, remove: 8, insert }];
    }
    return;
  }
  for (const [name, value] of INTS) yield [`int.${name}`, setWord(off, value)];
  if (type.bits === 32) return;
  const most = 2 ** (type.signed ? type.bits - 1 : type.bits);
  yield ['int.over', setWord(off, most)];
  yield ['int.under', setWord(off, type.signed ? -most - 1 : -1)];
}

const INTS: readonly [string, number][] = [
  ['0', 0],
  ['1', 1],
  ['-1', -1],
  ['2^16', 65_536],
  ['2^31-1', 0x7fffffff],
  ['-2^31', -0x80000000],
  ['-2^31+1', -0x7fffffff],
  ['2^30+1', 2 ** 30 + 1],
];

const HYPERS: readonly [string, bigint][] = [
  ['0', 0n],
  ['-1', -1n],
  ['2^31', 2n ** 31n],
  ['2^32', 2n ** 32n],
  ['2^53', 2n ** 53n],
  ['2^53+1', 2n ** 53n + 1n],
  ['2^63-1', 2n ** 63n - 1n],
  ['-2^63', -(2n ** 63n)],
];

function* floats(type: FloatType, off: number): Generator<readonly [string, Edit]> {
  if (type.bits === 128) return;
  const size = type.bits / 8;
  for (const [name, value] of FLOATS) {
    const insert = new Uint8Array(size);
    const view = new DataView(insert.buffer);
    if (type.bits === 32) view.setFloat32(0, value);
    else view.setFloat64(0, value);
    yield [`float.${name}`, { off, remove: size, insert }];
  }
}

const FLOATS: readonly [string, number][] = [
  ['nan', Number.NaN],
  ['-0', -0],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['tiny', Number.MIN_VALUE],
];
