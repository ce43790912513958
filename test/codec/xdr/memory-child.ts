/**
 * Run by walk-decode.test.ts with --expose-gc: decodes hostile messages and prints, for each, the bytes of memory
 * that the decoded value holds for each byte of input; and for refused ones, the peak that the attempt left behind.
 */
import { codecOf, isXdrError, xdr } from '../../../codec/xdr/index.ts';
import type { XdrType } from '../../../codec/xdr/types.ts';

const SIZE = 1 << 20;
const collect = globalThis.gc as () => void;

function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Words of `count`, then zeros (or `fill`) to the end. */
function message(count: number, fill = 0): Uint8Array {
  const bytes = new Uint8Array(SIZE);
  const view = new DataView(bytes.buffer);
  for (let at = 4; at < SIZE; at += 4) view.setUint32(at, fill);
  view.setUint32(0, count);
  return bytes;
}

function measure(type: XdrType, bytes: Uint8Array): number {
  const codec = codecOf(type, { allowTrailing: true });
  codec.decodeAt(encodeNothing(), 0, 4);
  collect();
  const before = held();
  let value: unknown;
  try {
    value = codec.decode(bytes);
  } catch (error) {
    if (!isXdrError(error)) throw error;
  }
  // What an attempt that failed left behind counts before it is collected.
  if (value !== undefined) collect();
  const after = held();
  if (value === null) throw new Error('decoded to nothing');
  return Math.round((after - before) / bytes.length);
}

/** An empty array or list, which warms the codec up. */
function encodeNothing(): Uint8Array {
  return new Uint8Array(4);
}

const items = SIZE / 4 - 1;
const list = xdr.struct({
  get next() {
    return xdr.optional(list);
  },
});
const tree: XdrType = xdr.struct({
  get kids() {
    return xdr.varArray(tree);
  },
});

const none = xdr.struct({});
const hollow = xdr.struct({ a: none, b: none, c: none, d: none, e: none, f: none, x: xdr.int() });

const results = {
  'structs of a tiny opaque': measure(xdr.varArray(xdr.struct({ a: xdr.opaque(1) })), message(items)),
  'structs of empty structs': measure(xdr.varArray(hollow), message(items)),
  ints: measure(xdr.varArray(xdr.uint()), message(items, 0xffffffff)),
  hypers: measure(xdr.varArray(xdr.hyper()), message(items >> 1, 0x7fffffff)),
  opaques: measure(xdr.varArray(xdr.varOpaque()), message(items)),
  'opaques of a byte': measure(xdr.varArray(xdr.opaque(1)), message(items)),
  strings: measure(xdr.varArray(xdr.string()), message(items)),
  unions: measure(xdr.varArray(xdr.union(['k', xdr.int()], [xdr.arm([0])])), message(items)),
  arrays: measure(xdr.varArray(xdr.varArray(xdr.int())), message(items)),
  'boxed optionals': measure(xdr.varArray(xdr.optional(xdr.optional(xdr.int()))), message(items >> 1, 1)),
  'structs of optionals': measure(xdr.varArray(xdr.struct({ a: xdr.optional(xdr.int()) })), message(items)),
  'bad text': measure(xdr.string(), message(SIZE - 4, 0xffffffff)),
  'a list': measure(xdr.optional(list), message(1, 1)),
  'a tree that promises too much': measure(tree, message(items, items >> 2)),
  'a tree of one child each': measure(tree, message(1, 1)),
};
process.stdout.write(JSON.stringify(results));
