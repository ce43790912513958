/**
 * What generated codecs stand on: the reader, and the helpers that are not worth printing inline. Generated code
 * says only *that* it refuses, by `fail`; the walker then says why. Helpers check the bounds of what they read.
 */
import { EMPTY, noElements, nothing, TINY } from './memory.ts';
import { asciiText, maxTextBytes, textOf, writeText } from './text.ts';
import { freshBytes, type Writer } from './writer.ts';

/** Where a generated decoder stands. Positions count from the start of the backing ArrayBuffer. */
export interface Reader {
  /** over the whole backing buffer */
  b: Uint8Array;
  /** over the whole backing buffer */
  v: DataView;
  /** next byte */
  p: number;
  /** end of the message */
  e: number;
  /** opaques from this length on are views of `b`; shorter ones own their bytes */
  viewFrom: number;
  maxDepth: number;
  maxString: number;
  maxOpaque: number;
  maxArray: number;
  maxList: number;
}

/** Decode at `r.p`, `d` levels deep (the root is 1), leaving `r.p` after it. */
export type ReadFunction = (r: Reader, d: number) => unknown;

/** Encode at `w.p`; the limits come along in `l`. */
export type WriteFunction = (w: Writer, x: unknown, l: WriteLimits, d: number) => void;

/** The limits that an encoder needs. */
export type WriteLimits = Pick<Reader, 'maxDepth' | 'maxString' | 'maxOpaque' | 'maxArray' | 'maxList'>;

/** The generated functions of one type. */
export interface CodecPair {
  readonly read: ReadFunction;
  readonly write: WriteFunction;
}

const REFUSED = Object.freeze({ refused: true });
const SMALL = 48;
const FEW = 64;
const MANY = 1 << 20;
const MAX_TEXT = 0x7ffffff0;
/** Strings up to here are asked, word by word, whether they are ASCII: about as long as not asking takes. */
const WORDS = 64;

function fail(): never {
  throw REFUSED;
}

/** An array for `n` elements whose bytes are known to be there. */
function slots(n: number): unknown[] {
  return n < MANY ? new Array(n) : [];
}

/** An array for `n` elements that may yet turn out to be missing: nesting must not multiply what is set aside. */
export function few(n: number): unknown[] {
  return n <= FEW ? new Array(n) : [];
}

function bytesAt(r: Reader, start: number, length: number): Uint8Array {
  if (length === 0) return EMPTY;
  if (length >= r.viewFrom) return new Uint8Array(r.b.buffer, start, length);
  if (length > SMALL) return r.b.slice(start, start + length);
  const bytes = length <= TINY ? freshBytes(length) : new Uint8Array(length);
  const from = r.b;
  let i = 0;
  for (; i <= length - 4; i += 4) {
    bytes[i] = from[start + i] as number;
    bytes[i + 1] = from[start + i + 1] as number;
    bytes[i + 2] = from[start + i + 2] as number;
    bytes[i + 3] = from[start + i + 3] as number;
  }
  for (; i < length; i++) bytes[i] = from[start + i] as number;
  return bytes;
}

/** The hyper at `p`. Two words put together take half as long as `getBigInt64`, which is a call into the engine. */
function int64(v: DataView, p: number): bigint {
  return BigInt.asIntN(64, (BigInt(v.getUint32(p)) << 32n) | BigInt(v.getUint32(p + 4)));
}

/** The unsigned hyper at `p`. */
function uint64(v: DataView, p: number): bigint {
  return BigInt.asUintN(64, (BigInt(v.getUint32(p)) << 32n) | BigInt(v.getUint32(p + 4)));
}

/** Step over `length` bytes at `start` and their padding, which must be zero. */
function skip(r: Reader, start: number, length: number): void {
  const end = start + length + (-length & 3);
  if (end > r.e) fail();
  if ((length & 3) !== 0 && (r.v.getUint32(end - 4) & (0xffffffff >>> ((length & 3) << 3))) !== 0) fail();
  r.p = end;
}

function readString(r: Reader, p: number, max: number): string {
  if (p + 4 > r.e) fail();
  const v = r.v;
  const length = v.getUint32(p);
  if (length > max || length > MAX_TEXT) fail();
  const start = p + 4;
  skip(r, start, length);
  const end = start + length;
  if (length <= WORDS) {
    // The padding is zero, so whole words tell whether all of it is ASCII.
    let all = 0;
    for (let at = start; at < end; at += 4) all |= v.getInt32(at);
    if ((all & 0x80808080) === 0) return asciiText(r.b, start, end);
  }
  return textOf(r.b, start, end);
}

function readOpaque(r: Reader, p: number, max: number): Uint8Array {
  if (p + 4 > r.e) fail();
  const length = r.v.getUint32(p);
  if (length > max) fail();
  skip(r, p + 4, length);
  return bytesAt(r, p + 4, length);
}

function readFixed(r: Reader, p: number, length: number): Uint8Array {
  skip(r, p, length);
  return bytesAt(r, p, length);
}

function writeString(w: Writer, p: number, text: unknown, max: number): number {
  if (typeof text !== 'string' || text.length > max) fail();
  const most = maxTextBytes(text) + 8;
  if (p + most > w.n) {
    w.p = p;
    w.need(most);
  }
  const length = writeText(w.b, text, p + 4);
  if (length === undefined || length > max) fail();
  w.v.setUint32(p, length);
  return zero(w.b, p + 4 + length, -length & 3);
}

function zero(b: Uint8Array, from: number, count: number): number {
  const end = from + count;
  for (let at = from; at < end; at++) b[at] = 0;
  return end;
}

function writeOpaque(w: Writer, p: number, bytes: unknown, max: number): number {
  if (!(bytes instanceof Uint8Array)) fail();
  const length = bytes.length;
  if (length > max) fail();
  if (length >= w.referFrom) {
    w.p = p;
    w.uint32(length);
    return refer(w, bytes);
  }
  if (p + length + 8 > w.n) {
    w.p = p;
    w.need(length + 8);
  }
  w.v.setUint32(p, length);
  return put(w.b, p + 4, bytes, length);
}

/** Bytes that stay where they are: only their padding is written. */
function refer(w: Writer, bytes: Uint8Array): number {
  w.bytes(bytes);
  w.need(4);
  return zero(w.b, w.p, -bytes.length & 3);
}

function writeFixed(w: Writer, p: number, bytes: unknown, length: number): number {
  if (!(bytes instanceof Uint8Array) || bytes.length !== length) fail();
  if (length >= w.referFrom) {
    w.p = p;
    return refer(w, bytes);
  }
  if (p + length + 4 > w.n) {
    w.p = p;
    w.need(length + 4);
  }
  return put(w.b, p, bytes, length);
}

function put(b: Uint8Array, p: number, bytes: Uint8Array, length: number): number {
  if (length > SMALL) b.set(bytes, p);
  else for (let i = 0; i < length; i++) b[p + i] = bytes[i] as number;
  return zero(b, p + length, -length & 3);
}

/** Whether a float can hold it: any number but a finite one that would become infinite. */
function isFloat(x: unknown): boolean {
  return typeof x === 'number' && (Number.isFinite(Math.fround(x)) || !Number.isFinite(x));
}

function isObject(x: unknown): boolean {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

/** The helpers that generated code may name, and nothing else it may. */
export const codecRuntime = Object.freeze({
  fail,
  nothing,
  noElements,
  slots,
  few,
  int64,
  uint64,
  readString,
  readOpaque,
  readFixed,
  writeString,
  writeOpaque,
  writeFixed,
  isFloat,
  isObject,
});

/** Names of the helpers. */
export type RuntimeName = keyof typeof codecRuntime;
