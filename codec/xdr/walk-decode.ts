/**
 * The reference decoder: it interprets a type description and is the only place that says why bytes are refused.
 * Generated decoders are held to it, and fall back to it for errors and for lenient decoding. Throws XdrError
 * only; work and memory are bounded by the input and by the limits.
 */
import { isXdrError, XdrError, type XdrErrorCode } from './errors.ts';
import { type CodecOptions, type LenientNote, type Limits, limitsOf } from './limits.ts';
import {
  EMPTY,
  FREE_MEMORY,
  hollowElements,
  hollowLevels,
  hollowValue,
  ITEM,
  isHollow,
  leastMemory,
  MEMORY_PER_BYTE,
  noElements,
  nothing,
  ownMemory,
  SLOT,
  TINY,
} from './memory.ts';
import { type PathKey, pathText } from './path.ts';
import { few } from './runtime.ts';
import {
  type Arm,
  armKey,
  armOf,
  discriminantType,
  enumNames,
  integerRange,
  isBoxed,
  type ListIdiom,
  listIdiom,
  minSize,
  padded,
  type ResolvedType,
  resolve,
  setOwn,
} from './shape.ts';
import { textOf } from './text.ts';
import type {
  ArrayType,
  EnumType,
  FloatType,
  IntegerType,
  OpaqueType,
  StringType,
  StructType,
  UnionType,
  XdrType,
} from './types.ts';
import { freshBytes } from './writer.ts';

/** Told what the walker meets, in wire order; annotated decoding is one. Every `enter` has its `leave` or an error. */
export interface Tracer {
  /** a part begins at `off`; `key` is its field name or index */
  enter(key: PathKey, type: XdrType, off: number): void;
  /** `count` elements follow, the first at `off` */
  elements(element: XdrType, count: number, off: number): void;
  /** the part that was entered last ends at `end` */
  leave(end: number, value: unknown): void;
}

/** A value and the bytes it took. */
export interface Decoded<T = unknown> {
  readonly value: T;
  readonly consumed: number;
}

/** Decode the value at `off`; offsets in errors count from the start of `bytes`. */
export function walkDecode(
  type: XdrType,
  bytes: Uint8Array,
  off: number,
  end: number,
  options: CodecOptions,
): Decoded {
  const walker = new DecodeWalker(type, bytes, off, end, options);
  const value = walker.read(resolve(type), 1);
  return { value, consumed: walker.position - off };
}

/** The same, while `tracer` listens; what was refused is in `error`, and `consumed` is how far it came. */
export function traceDecode(
  type: XdrType,
  bytes: Uint8Array,
  off: number,
  end: number,
  options: CodecOptions,
  tracer: Tracer,
): Decoded & { readonly error: XdrError | undefined } {
  const walker = new DecodeWalker(type, bytes, off, end, options, tracer);
  let value: unknown;
  let error: XdrError | undefined;
  try {
    value = walker.read(resolve(type), 1);
  } catch (thrown) {
    if (!isXdrError(thrown)) throw thrown;
    error = thrown;
  }
  return { value, consumed: walker.position - off, error };
}

class DecodeWalker {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  readonly #limits: Limits;
  readonly #lenient: boolean;
  readonly #lenientEnum: boolean;
  readonly #copy: boolean;
  readonly #onNote: ((note: LenientNote) => void) | undefined;
  readonly #path: PathKey[] = [];
  readonly #tracer: Tracer | undefined;
  #at: number;
  #zeroSized = 0;
  /** bytes of memory that the value may still take */
  #memory: number;

  constructor(
    type: XdrType,
    bytes: Uint8Array,
    off: number,
    end: number,
    options: CodecOptions,
    tracer?: Tracer,
  ) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = off;
    this.#end = end;
    this.#limits = limitsOf(options.limits);
    this.#lenient = options.lenient ?? false;
    this.#lenientEnum = this.#lenient || (options.lenientEnum ?? false);
    this.#copy = options.bytes !== 'view';
    this.#onNote = options.onNote;
    this.#tracer = tracer;
    this.#memory = leastMemory(type) + FREE_MEMORY + MEMORY_PER_BYTE * (end - off);
  }

  get position(): number {
    return this.#at;
  }

  /** `depth`: how deep this value would be if it is a container; the root is 1. */
  read(type: ResolvedType, depth: number): unknown {
    if (isHollow(type)) return this.#hollow(type, depth);
    this.#spend(ownMemory(type));
    switch (type.kind) {
      case 'void':
        return undefined;
      case 'bool':
        return this.#bool() !== 0;
      case 'integer':
        return this.#integer(type);
      case 'float':
        return this.#float(type);
      case 'enum':
        return this.#enum(type);
      case 'opaque':
        return this.#opaque(type);
      case 'string':
        return this.#string(type);
      case 'array':
        return this.#array(type, depth);
      case 'struct':
        return this.#struct(type, depth);
      case 'union':
        return this.#union(type, depth);
      case 'optional': {
        const list = listIdiom(type);
        if (list !== null) return this.#list(list, depth);
        if (!isBoxed(type)) return this.#bool() === 0 ? null : this.read(resolve(type.element), depth);
        this.#descend(depth);
        if (this.#bool() === 0) return null;
        return { value: this.#child('value', type.element, depth + 1) };
      }
    }
  }

  #fail(code: XdrErrorCode, message: string, offset: number): never {
    throw new XdrError(code, message, offset, pathText(this.#path));
  }

  #note(code: LenientNote['code'], offset: number): void {
    this.#onNote?.({ code, offset, path: pathText(this.#path) });
  }

  #descend(depth: number): void {
    if (depth > this.#limits.depth) {
      this.#fail('DEPTH', `nested deeper than ${this.#limits.depth}`, this.#at);
    }
  }

  /** The value will take `memory` bytes more. */
  #spend(memory: number): void {
    this.#memory -= memory;
    if (this.#memory < 0) {
      this.#fail('LIMIT', `more than ${MEMORY_PER_BYTE} bytes of memory for each of the message`, this.#at);
    }
  }

  /** `count` elements without bytes begin at `at`. */
  #countHollow(count: number, at: number): void {
    this.#zeroSized += count;
    const limit = this.#limits.zeroSized;
    if (this.#zeroSized > limit) this.#fail('LIMIT', `more than ${limit} elements without bytes`, at);
  }

  #hollow(type: ResolvedType, depth: number): unknown {
    this.#descend(depth - 1 + hollowLevels(type));
    this.#countHollow(hollowElements(type), this.#at);
    return hollowValue(type);
  }

  #child(key: PathKey, type: XdrType, depth: number): unknown {
    this.#path.push(key);
    this.#tracer?.enter(key, type, this.#at);
    const value = this.read(resolve(type), depth);
    this.#tracer?.leave(this.#at, value);
    this.#path.pop();
    return value;
  }

  /** Step over `size` bytes and return where they start. */
  #take(size: number): number {
    const start = this.#at;
    if (size > this.#end - start) {
      this.#fail('TRUNCATED', `${size} bytes expected, ${this.#end - start} left`, start);
    }
    this.#at = start + size;
    return start;
  }

  #bool(): number {
    const start = this.#take(4);
    const value = this.#view.getUint32(start);
    if (value > 1) {
      if (!this.#lenient) this.#fail('BAD_BOOL', `${value} is neither 0 nor 1`, start);
      this.#note('BAD_BOOL', start);
    }
    return value;
  }

  #integer(type: IntegerType): number | bigint {
    if (type.bits === 64) {
      const start = this.#take(8);
      return type.signed ? this.#view.getBigInt64(start) : this.#view.getBigUint64(start);
    }
    const start = this.#take(4);
    const value = type.signed ? this.#view.getInt32(start) : this.#view.getUint32(start);
    const [least, greatest] = integerRange(type);
    if (value < least || value > greatest) {
      this.#fail('RANGE', `${value} is not in ${least} to ${greatest}`, start);
    }
    return value;
  }

  #float(type: FloatType): number | Uint8Array {
    if (type.bits === 32) return this.#view.getFloat32(this.#take(4));
    if (type.bits === 64) return this.#view.getFloat64(this.#take(8));
    return this.#raw(this.#take(16), 16);
  }

  #enum(type: EnumType): number {
    const start = this.#take(4);
    const value = this.#view.getInt32(start);
    if (!enumNames(type).has(value)) {
      if (!this.#lenientEnum) this.#fail('BAD_ENUM', `${value} is no ${type.name ?? 'member'}`, start);
      this.#note('BAD_ENUM', start);
    }
    return value;
  }

  /** The length word, which must be within the declared limit, or within `cap` where there is none. */
  #length(declared: number | undefined, cap: number): number {
    const start = this.#take(4);
    const length = this.#view.getUint32(start);
    const limit = declared ?? cap;
    if (length > limit) this.#fail('LIMIT', `length ${length} exceeds ${limit}`, start);
    return length;
  }

  /** Step over `length` bytes and their padding; returns where they start. */
  #padded(length: number, promisedAt: number): number {
    const start = this.#at;
    const size = padded(length);
    if (size > this.#end - start) {
      this.#fail('TRUNCATED', `${size} bytes expected, ${this.#end - start} left`, promisedAt);
    }
    this.#at = start + size;
    for (let at = start + length; at < this.#at; at++) {
      if (this.#bytes[at] === 0) continue;
      if (!this.#lenient) this.#fail('BAD_PADDING', 'padding is not zero', at);
      this.#note('BAD_PADDING', at);
      break;
    }
    return start;
  }

  #raw(start: number, length: number): Uint8Array {
    if (length === 0) return EMPTY;
    const { buffer, byteOffset } = this.#bytes;
    const view = new Uint8Array(buffer, byteOffset + start, length);
    if (!this.#copy) return view;
    if (length > TINY) return new Uint8Array(view);
    const own = freshBytes(length);
    own.set(view);
    return own;
  }

  #opaque(type: OpaqueType): Uint8Array {
    const at = this.#at;
    const length = type.fixed ? (type.size ?? 0) : this.#length(type.size, this.#limits.opaque);
    return this.#raw(this.#padded(length, at), length);
  }

  #string(type: StringType): string {
    const at = this.#at;
    const length = this.#length(type.size, this.#limits.string);
    const start = this.#padded(length, at);
    return textOf(this.#bytes, start, start + length);
  }

  #array(type: ArrayType, depth: number): readonly unknown[] {
    this.#descend(depth);
    if (type.fixed && type.size === 0) return noElements;
    const at = this.#at;
    const count = type.fixed ? (type.size ?? 0) : this.#length(type.size, this.#limits.array);
    const least = minSize(type.element);
    if (count * least > this.#end - this.#at) {
      this.#fail('TRUNCATED', `${count} elements do not fit in ${this.#end - this.#at} bytes`, at);
    }
    // Elements without bytes have a limit of their own; so have those of a fixed array, in its own cost.
    if (least === 0) this.#countHollow(count, at);
    else if (!type.fixed) this.#spend(count * SLOT);
    this.#tracer?.elements(type.element, count, this.#at);
    const values = few(count);
    for (let i = 0; i < count; i++) values[i] = this.#child(i, type.element, depth + 1);
    return values;
  }

  #list(list: ListIdiom, depth: number): unknown[] {
    this.#descend(depth);
    const values: unknown[] = [];
    for (;;) {
      const at = this.#at;
      if (this.#bool() === 0) return values;
      if (values.length >= this.#limits.list) {
        this.#fail('LIMIT', `a list of more than ${this.#limits.list} elements`, at);
      }
      this.#spend(ITEM);
      values.push(this.#child(values.length, list.items, depth + 1));
    }
  }

  #struct(type: StructType, depth: number): Record<string, unknown> {
    this.#descend(depth);
    if (type.fields.length === 0) return nothing;
    const value: Record<string, unknown> = {};
    for (const field of type.fields)
      setOwn(value, field.name, this.#child(field.name, field.type, depth + 1));
    return value;
  }

  #union(type: UnionType, depth: number): Record<string, unknown> {
    this.#descend(depth);
    const switched = discriminantType(type);
    const { name } = type.discriminant;
    const at = this.#at;
    this.#path.push(name);
    this.#tracer?.enter(name, type.discriminant.type, at);
    const raw = switched.kind === 'bool' ? this.#bool() : (this.read(switched, depth + 1) as number | bigint);
    const arm = armOf(type, switched.kind === 'bool' && raw !== 0 ? 1 : raw);
    if (arm === undefined) this.#fail('BAD_UNION', `no arm for ${raw}`, at);
    const shown = switched.kind === 'bool' ? raw !== 0 : raw;
    this.#tracer?.leave(this.#at, shown);
    this.#path.pop();
    const value: Record<string, unknown> = {};
    setOwn(value, name, shown);
    this.#arm(type, arm, value, depth);
    return value;
  }

  #arm(type: UnionType, arm: Arm, value: Record<string, unknown>, depth: number): void {
    if (resolve(arm.type).kind === 'void') return;
    const key = armKey(type, arm);
    setOwn(value, key, this.#child(key, arm.type, depth + 1));
  }
}
