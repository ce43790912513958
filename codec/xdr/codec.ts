/**
 * Encoding and decoding as everybody uses them. The generated functions do the work; what they refuse goes to the
 * walker, which says why, or accepts it (lenient decoding, what needs a budget). So the walker decides, and the
 * generated code is only fast. Throws XdrError for bytes and values, TypeError or RangeError for a bad description
 * or bad options.
 */
import { XdrError } from './errors.ts';
import { generateCodecSource } from './generate.ts';
import { type CodecOptions, limitsOf } from './limits.ts';
import { type CodecPair, codecRuntime, type Reader, type WriteLimits } from './runtime.ts';
import { resolve } from './shape.ts';
import type { XdrType } from './types.ts';
import { type Decoded, walkDecode } from './walk-decode.ts';
import { walkEncode } from './walk-encode.ts';
import { Writer } from './writer.ts';

/** A compiled codec of one type with its options. Stateless to its user; may be kept and shared. */
export interface Codec<T = unknown> {
  readonly type: XdrType;
  /** The wire form, in bytes of its own. */
  encode(value: T): Uint8Array;
  /** Append the wire form. After an XdrError the writer holds what it held before. */
  encodeInto(writer: Writer, value: T): void;
  /** The value in `bytes[off, end)`, which must hold nothing else unless trailing bytes are allowed. */
  decode(bytes: Uint8Array, off?: number, end?: number): T;
  /**
   * As `decode`, of bytes whose whole backing buffer is given away: an opaque that is most of it stays in it instead of
   * being copied.
   */
  decodeOwned(bytes: Uint8Array, off?: number, end?: number): T;
  /** The value at `off` and how many bytes it took. Never an error for what follows it. */
  decodeAt(bytes: Uint8Array, off?: number, end?: number): Decoded<T>;
}

const pairs = new WeakMap<XdrType, CodecPair>();
const attached = new WeakMap<XdrType, CodecPair>();

/** Let a type use functions that `generateCodecSource` printed for it. Called by generated modules. */
export function attachCodec(type: XdrType, pair: CodecPair): void {
  attached.set(resolve(type), pair);
}

/** The generated functions of a type: attached ones, or compiled here on first use. */
export function pairOf(type: XdrType): CodecPair {
  const at = resolve(type);
  return attached.get(at) ?? pairs.get(at) ?? compile(at);
}

function compile(type: XdrType): CodecPair {
  const known = (t: XdrType): boolean => t !== type && (pairs.has(t) || attached.has(t));
  const generated = generateCodecSource([type], { style: 'function', known });
  const host = new Function('$', 'x', generated.source) as (
    $: typeof codecRuntime,
    x: readonly CodecPair[],
  ) => CodecPair[];
  const made = host(codecRuntime, generated.known.map(pairOf));
  generated.types.forEach((t, i) => {
    pairs.set(t, made[i] as CodecPair);
  });
  return made[0] as CodecPair;
}

/** As {@link pairOf}; undefined where code may not be generated from strings, as under a strict content security policy. */
function pairIfAllowed(type: XdrType): CodecPair | undefined {
  try {
    return pairOf(type);
  } catch (e) {
    if (e instanceof EvalError) return undefined;
    throw e;
  }
}

/** Where codecs write before the result is copied out; shared, because a buffer per type would be dear. */
class Scratch {
  #writer: Writer | undefined = new Writer();

  /** A getter of the value may encode something itself, so the shared writer may be out. */
  borrow(): Writer {
    const writer = this.#writer ?? new Writer();
    this.#writer = undefined;
    return writer;
  }

  give(writer: Writer): void {
    writer.p = 0;
    if (writer.n <= KEPT_CAPACITY) this.#writer = writer;
    else this.#writer = new Writer();
  }
}

const KEPT_CAPACITY = 1 << 18;
const scratch = new Scratch();
/** An opaque of an owned message is copied below this length. */
const OWNED_VIEW = 16 * 1024;
const NOTHING = new Uint8Array(0);

/**
 * Views over the buffer decoded last: messages come from the same few buffers, and a DataView is dear. `of` is the
 * array that was decoded last: even to ask an array for its buffer costs as much as decoding three integers.
 */
const views: Pick<Reader, 'b' | 'v'> & { of: Uint8Array; buffer: ArrayBufferLike } = {
  of: NOTHING,
  buffer: NOTHING.buffer,
  b: NOTHING,
  v: new DataView(NOTHING.buffer),
};

/** Turn {@link views} to the buffer behind `bytes`. */
function view(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (buffer !== views.buffer) {
    views.b = new Uint8Array(buffer);
    views.v = new DataView(buffer);
    views.buffer = buffer;
  }
  views.of = bytes;
}

class CompiledCodec<T> implements Codec<T> {
  readonly type: XdrType;
  readonly #options: CodecOptions;
  readonly #limits: WriteLimits;
  readonly #pair: CodecPair | undefined;
  readonly #reader: Reader;
  readonly #viewFrom: number;
  readonly #lazyTrailing: boolean;

  constructor(type: XdrType, options: CodecOptions) {
    this.type = type;
    this.#options = options;
    const limits = limitsOf(options.limits);
    this.#limits = {
      maxDepth: limits.depth,
      maxString: limits.string,
      maxOpaque: limits.opaque,
      maxArray: limits.array,
      maxList: limits.list,
    };
    this.#pair = options.codegen === false ? undefined : pairIfAllowed(type);
    this.#reader = { b: NOTHING, v: views.v, p: 0, e: 0, viewFrom: 0, ...this.#limits };
    this.#viewFrom = options.bytes === 'view' ? 0 : Number.POSITIVE_INFINITY;
    this.#lazyTrailing = options.allowTrailing ?? false;
  }

  encode(value: T): Uint8Array {
    const writer = scratch.borrow();
    try {
      this.encodeInto(writer, value);
      return writer.take();
    } finally {
      scratch.give(writer);
    }
  }

  encodeInto(writer: Writer, value: T): void {
    const start = writer.p;
    const inserts = writer.inserts.length;
    if (this.#pair !== undefined) {
      try {
        this.#pair.write(writer, value, this.#limits, 1);
        return;
      } catch {
        writer.rewind(start, inserts); // whatever it was, the walker says why, or that it is fine
      }
    }
    try {
      walkEncode(this.type, value, writer, this.#options);
    } catch (error) {
      writer.rewind(start, inserts);
      throw error;
    }
  }

  decode(bytes: Uint8Array, off = 0, end = bytes.length): T {
    return this.#whole(bytes, off, end, this.#viewFrom);
  }

  decodeOwned(bytes: Uint8Array, off = 0, end = bytes.length): T {
    // Never a short one: it would keep far more than its own bytes.
    const most = Math.max(OWNED_VIEW, bytes.buffer.byteLength / 2);
    return this.#whole(bytes, off, end, Math.min(this.#viewFrom, most));
  }

  #whole(bytes: Uint8Array, off: number, end: number, viewFrom: number): T {
    const value = this.#read(bytes, off, end, viewFrom);
    const after = this.#reader.p;
    if (after !== end && !this.#lazyTrailing) this.#trailing(after);
    return value;
  }

  decodeAt(bytes: Uint8Array, off = 0, end = bytes.length): Decoded<T> {
    const value = this.#read(bytes, off, end, this.#viewFrom);
    return { value, consumed: this.#reader.p - off };
  }

  /** The value at `off`; leaves in the reader's `p` the offset after it, in `bytes`. */
  #read(bytes: Uint8Array, off: number, end: number, viewFrom: number): T {
    if (!(off >= 0 && off <= end && end <= bytes.length)) throw new RangeError('no such range of bytes');
    const reader = this.#reader;
    if (this.#pair !== undefined) {
      const base = bytes.byteOffset;
      if (bytes !== views.of) view(bytes);
      reader.b = views.b;
      reader.v = views.v;
      reader.viewFrom = viewFrom;
      reader.p = base + off;
      reader.e = base + end;
      try {
        const value = this.#pair.read(reader, 1) as T;
        reader.p -= base;
        return value;
      } catch {
        // refused, in a way that only the walker can explain
      } finally {
        reader.b = NOTHING;
      }
    }
    const { value, consumed } = walkDecode(this.type, bytes, off, end, this.#options);
    reader.p = off + consumed;
    return value as T;
  }

  #trailing(after: number): void {
    if (!this.#options.lenient) throw new XdrError('TRAILING', 'bytes after the value', after, '');
    this.#options.onNote?.({ code: 'TRAILING', offset: after, path: '' });
  }
}

const DEFAULT_OPTIONS: CodecOptions = Object.freeze({});
const defaultCodecs = new WeakMap<XdrType, Codec>();
const optionCodecs = new WeakMap<XdrType, Map<string, Codec>>();
const MAX_OPTION_CODECS = 64;
/** For options that cannot change, which need no comparing. */
const frozenOptionCodecs = new WeakMap<CodecOptions, WeakMap<XdrType, Codec>>();

/**
 * The codec of a type, made once for each set of options and remembered with the type (not with `onNote`, which
 * makes a new one); frozen options are recognised at once. Compiles on first use, unless `codegen` is false, a
 * generated module attached its own, or the runtime allows no code from strings: then the walker does it all.
 */
export function codecOf<T = unknown>(type: XdrType, options: CodecOptions = DEFAULT_OPTIONS): Codec<T> {
  if (options === DEFAULT_OPTIONS) {
    let codec = defaultCodecs.get(type);
    if (codec === undefined) {
      codec = new CompiledCodec(type, options);
      defaultCodecs.set(type, codec);
    }
    return codec as Codec<T>;
  }
  const known = frozenOptionCodecs.get(options)?.get(type);
  if (known !== undefined) return known as Codec<T>;
  if (options.onNote !== undefined) return new CompiledCodec<T>(type, options);
  let codecs = optionCodecs.get(type);
  if (codecs === undefined) {
    codecs = new Map();
    optionCodecs.set(type, codecs);
  }
  const { lenient, lenientEnum, allowTrailing, codegen, bytes } = options;
  const limits = Object.values(limitsOf(options.limits));
  const key = [lenient, lenientEnum, allowTrailing, codegen, bytes, ...limits].join();
  let codec = codecs.get(key);
  if (codec === undefined) {
    codec = new CompiledCodec(type, { ...options });
    if (codecs.size >= MAX_OPTION_CODECS) codecs.clear();
    codecs.set(key, codec);
  }
  if (Object.isFrozen(options) && (options.limits === undefined || Object.isFrozen(options.limits))) {
    const same = frozenOptionCodecs.get(options) ?? new WeakMap<XdrType, Codec>();
    frozenOptionCodecs.set(options, same.set(type, codec));
  }
  return codec as Codec<T>;
}

/** The wire form of `value`. Throws XdrError where it is no value of the type. */
export function encode(type: XdrType, value: unknown, options?: CodecOptions): Uint8Array {
  return codecOf(type, options).encode(value);
}

/** The value that `bytes` hold. Throws XdrError where they hold none, or more than one. */
export function decode(type: XdrType, bytes: Uint8Array, options?: CodecOptions): unknown {
  return codecOf(type, options).decode(bytes);
}

/** The value at `off`, and how many bytes of `bytes[off, end)` it took. */
export function decodeAt(
  type: XdrType,
  bytes: Uint8Array,
  off: number,
  end: number,
  options?: CodecOptions,
): Decoded {
  return codecOf(type, options).decodeAt(bytes, off, end);
}
