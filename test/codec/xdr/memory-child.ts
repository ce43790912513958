/**
 * Run by memory.test.ts with --expose-gc: decodes hostile messages, each with generated code and with the
 * walker, and prints for each the bytes of memory that the value holds for each byte of input, and how far the
 * process grew meanwhile (by the kernel's high-water mark, where it can be reset: on Linux).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type CodecOptions, codecOf, isXdrError, xdr } from '../../../codec/xdr/index.ts';
import type { XdrType } from '../../../codec/xdr/types.ts';

const SIZE = 1 << 19;
const collect = globalThis.gc as () => void;

/** What one decoding cost, in bytes for each byte of input. */
export interface Measured {
  readonly name: string;
  /** the error's code, where the message was refused */
  readonly refused: string | undefined;
  readonly held: number;
  readonly peak: number | undefined;
}

function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Words of `count`, then `fill` to the end: a number, or words that repeat. */
function message(count: number, ...fill: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(SIZE);
  const view = new DataView(bytes.buffer);
  for (let at = 4; at < SIZE; at += 4) view.setUint32(at, fill[(at / 4 - 1) % fill.length] ?? 0);
  view.setUint32(0, count);
  return bytes;
}

const words = SIZE / 4 - 1;

/** As many elements as there is room for when each takes `size` words. */
function elements(size: number, ...fill: readonly number[]): Uint8Array {
  return message(Math.floor(words / size), ...fill);
}

function chain(levels: number, type: XdrType): XdrType {
  let at = type;
  for (let i = 0; i < levels; i++) at = xdr.struct({ a: at as never });
  return at;
}

function fixed(levels: number, type: XdrType): XdrType {
  let at = type;
  for (let i = 0; i < levels; i++) at = xdr.array(at as never, 1);
  return at;
}

function beside(count: number, part: XdrType, ...more: readonly [string, XdrType][]): XdrType {
  const fields = Array.from({ length: count }, (_, i) => [`z${i}`, part] as const);
  return xdr.struct(Object.fromEntries([...fields, ...more]) as never);
}

/** Twice as many parts at each level, and not a byte. */
function laughs(levels: number): XdrType {
  let at: XdrType = xdr.struct({});
  for (let i = 0; i < levels; i++) at = xdr.struct({ a: at as never, b: at as never });
  return at;
}

const list = xdr.struct({
  get next() {
    return xdr.optional(list);
  },
});
const lists = xdr.struct({
  deep: xdr.optional(list),
  get next() {
    return xdr.optional(lists);
  },
});
const tree: XdrType = xdr.struct({
  get kids() {
    return xdr.varArray(tree as never);
  },
});
const branch: XdrType = xdr.union(
  ['k', xdr.bool()],
  [
    xdr.arm([true], 'both', {
      get kind() {
        return pair.kind;
      },
      get fields() {
        return pair.fields;
      },
    } as never),
    xdr.arm([false]),
  ],
) as never;
const pair = xdr.struct({ left: xdr.optional(branch as never), right: xdr.int() });
const every = (type: XdrType): XdrType => xdr.varArray(type as never);
const int: [string, XdrType] = ['x', xdr.int()];
const none = xdr.struct({});
const flag = xdr.union(['k', xdr.int()], [xdr.arm([0])]);
const wide = beside(300, xdr.int());

const CASES: readonly (readonly [name: string, type: XdrType, bytes: Uint8Array])[] = [
  ['ints', every(xdr.int()), elements(1, 0xffffffff)],
  ['unsigned ints', every(xdr.uint()), elements(1, 0xffffffff)],
  ['bools', every(xdr.bool()), elements(1, 1)],
  ['floats', every(xdr.float()), elements(1, 0x3f800000)],
  ['structs of a float', every(xdr.struct({ a: xdr.float() })), elements(1, 0x3f800000)],
  ['hypers', every(xdr.hyper()), elements(2, 0x7fffffff)],
  ['pairs of hypers', every(xdr.struct({ k: xdr.uhyper(), v: xdr.uhyper() })), elements(4, 0xffffffff)],
  ['quadruples', every(xdr.quadruple()), elements(4, 7)],
  ['empty opaques', every(xdr.varOpaque()), elements(1, 0)],
  ['opaques of a byte', every(xdr.varOpaque()), elements(2, 1, 0x61000000)],
  ['opaques of five bytes', every(xdr.varOpaque()), elements(3, 5, 0x61616161, 0x61000000)],
  ['fixed opaques of a byte', every(xdr.opaque(1)), elements(1)],
  ['structs of a tiny opaque', every(xdr.struct({ a: xdr.opaque(1) })), elements(1)],
  ['empty strings', every(xdr.string()), elements(1, 0)],
  ['strings of four bytes', every(xdr.string()), elements(2, 4, 0x61626364)],
  ['strings of one odd byte', every(xdr.string()), elements(2, 1, 0xff000000)],
  ['strings of five bytes', every(xdr.string()), elements(3, 5, 0xff616161, 0x61000000)],
  ['one string that is not UTF-8', xdr.string(), message(SIZE - 4, 0xffffffff)],
  ['one string beyond the BMP', xdr.string(), message(SIZE - 4, 0xf09f9880)],
  ['a bad end after much good text', xdr.string(), message(SIZE - 5, 0x61616161)],
  ['unions', every(flag), elements(1)],
  ['unions of unions', every(xdr.union(['k', xdr.int()], [xdr.arm([0], 'u', flag)])), elements(2)],
  ['empty arrays', every(every(xdr.int())), elements(1)],
  ['arrays of one', every(every(xdr.int())), elements(2, 1)],
  ['arrays of seventeen', every(every(xdr.int())), elements(18, 17, ...new Array(17).fill(0))],
  ['absent optionals', every(xdr.optional(xdr.int())), elements(1)],
  ['boxed optionals', every(xdr.optional(xdr.optional(xdr.int()))), elements(2, 1, 0)],
  ['a chain of boxes', every(xdr.optional(xdr.optional(xdr.optional(none)))), elements(3, 1)],
  ['a list', xdr.optional(list), message(1, 1)],
  ['empty lists', every(xdr.optional(list)), elements(1, 0)],
  ['lists of one', every(xdr.optional(list)), elements(2, 1, 0)],
  ['a list of lists', xdr.optional(lists), message(1, 1, 0, 1)],
  ['a tree that promises too much', tree, message(words, words >> 2)],
  ['a tree of one child each', tree, message(1, 1)],
  ['a union within an optional within a union', branch, message(1, 1)],
  ['structs within structs', every(chain(3, xdr.uint())), elements(1, 0xffffffff)],
  ['structs within 60 structs', every(chain(60, xdr.int())), elements(1)],
  ['arrays within 60 fixed arrays', every(fixed(60, xdr.int())), elements(1)],
  ['lists of 60 structs', every(xdr.optional(chain(60, list))), elements(2, 1, 0)],
  [
    '60 structs in an arm',
    every(xdr.union(['k', xdr.int()], [xdr.arm([0], 'a', chain(60, xdr.int()) as never)])),
    elements(2),
  ],
  ['60 structs in a box', every(xdr.optional(chain(60, xdr.optional(xdr.int())))), elements(2, 1, 0)],
  ['7 empty structs beside an int', every(beside(7, none, int)), elements(1)],
  ['90 empty structs beside an int', every(beside(90, none, int)), elements(1)],
  ['90 empty opaques beside an int', every(beside(90, xdr.opaque(0), int)), elements(1)],
  ['90 empty arrays beside an int', every(beside(90, xdr.array(xdr.int(), 0), int)), elements(1)],
  ['90 voids beside an int', every(beside(90, { kind: 'void' }, int)), elements(1)],
  ['a billion laughs', every(xdr.struct({ a: laughs(30) as never, x: xdr.int() })), elements(1)],
  ['a billion laughs at the root', laughs(30), message(0)],
  [
    'a list of laughs',
    xdr.optional(
      xdr.struct({
        a: laughs(30) as never,
        get next() {
          return xdr.optional(this as never) as never;
        },
      }),
    ),
    message(1, 1),
  ],
  ['empty structs', every(none), message(1024)],
  ['wide structs', every(wide), elements(300)],
  ['wide structs that end too soon', every(wide), message(words)],
];

const WAYS: readonly (readonly [name: string, options: CodecOptions])[] = [
  ['generated', {}],
  ['walker', { codegen: false }],
];

/** Forget the kernel's high-water mark; false where it cannot be. */
function resetPeak(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

function peak(): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** The least memory that the process was resident with before a measurement. */
let least = Number.POSITIVE_INFINITY;

function measure(name: string, type: XdrType, bytes: Uint8Array, options: CodecOptions): Measured {
  const codec = codecOf(type, { ...options, allowTrailing: true });
  try {
    codec.decodeAt(new Uint8Array(4), 0, 4); // compiles
  } catch (error) {
    if (!isXdrError(error)) throw error;
  }
  collect();
  const before = held();
  least = Math.min(least, process.memoryUsage.rss());
  const watched = resetPeak();
  let value: unknown;
  let refused: string | undefined;
  try {
    value = codec.decode(bytes);
  } catch (error) {
    if (!isXdrError(error)) throw error;
    refused = error.code;
  }
  const high = watched ? (peak() - least) / bytes.length : undefined;
  collect();
  const after = held();
  if (value === null) throw new Error('decoded to nothing');
  const round = (n: number): number => Math.round(n * 10) / 10;
  return {
    name,
    refused,
    held: round((after - before) / bytes.length),
    peak: high === undefined ? undefined : round(high),
  };
}

const results: Measured[] = [];
for (const [name, type, bytes] of CASES) {
  for (const [way, options] of WAYS) {
    const measured = measure(`${name}, ${way}`, type, bytes, options);
    results.push(measured);
    if (measured.refused === 'LIMIT') break; // by the walker, whichever way
  }
}
process.stdout.write(JSON.stringify(results));
