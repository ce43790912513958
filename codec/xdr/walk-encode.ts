/**
 * The reference encoder, and with it the reference answer to "is this a value of the type": the only place that
 * says why a value is refused. Generated encoders are held to it and fall back to it. Throws XdrError, whose offset
 * is where in the output the refused part would have started, or whatever a getter of the caller's value throws.
 */
import { XdrError, type XdrErrorCode } from './errors.ts';
import { type CodecOptions, type Limits, limitsOf } from './limits.ts';
import { type PathKey, pathText } from './path.ts';
import {
  armKey,
  armOf,
  discriminantType,
  enumNames,
  getField,
  hyperRange,
  integerRange,
  isBoxed,
  type ListIdiom,
  listIdiom,
  MAX_LENGTH,
  minSize,
  padded,
  type ResolvedType,
  resolve,
} from './shape.ts';
import { bytesOfText } from './text.ts';
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
import type { Writer } from './writer.ts';

/**
 * Append the wire form of `value`; offsets in errors count from where it starts. `depth`: how deep the value is
 * within another, 1 for a whole one.
 */
export function walkEncode(
  type: XdrType,
  value: unknown,
  writer: Writer,
  options: CodecOptions,
  depth = 1,
): void {
  new EncodeWalker(writer, options).write(resolve(type), value, depth);
}

class EncodeWalker {
  readonly #writer: Writer;
  readonly #start: number;
  readonly #limits: Limits;
  readonly #lenientEnum: boolean;
  readonly #path: PathKey[] = [];
  #zeroSized = 0;

  constructor(writer: Writer, options: CodecOptions) {
    this.#writer = writer;
    this.#start = writer.length;
    this.#limits = limitsOf(options.limits);
    this.#lenientEnum = (options.lenient ?? false) || (options.lenientEnum ?? false);
  }

  write(type: ResolvedType, value: unknown, depth: number): void {
    switch (type.kind) {
      case 'void':
        if (value !== undefined) this.#refuse('nothing', value);
        return;
      case 'bool':
        if (typeof value !== 'boolean') this.#refuse('a boolean', value);
        this.#word(value ? 1 : 0);
        return;
      case 'integer':
        this.#integer(type, value);
        return;
      case 'float':
        this.#float(type, value);
        return;
      case 'enum':
        this.#enum(type, value);
        return;
      case 'opaque':
        this.#opaque(type, value);
        return;
      case 'string':
        this.#string(type, value);
        return;
      case 'array':
        this.#array(type, value, depth);
        return;
      case 'struct':
        this.#struct(type, value, depth);
        return;
      case 'union':
        this.#union(type, value, depth);
        return;
      case 'optional': {
        const list = listIdiom(type);
        if (list !== null) {
          this.#list(list, value, depth);
          return;
        }
        const boxed = isBoxed(type);
        if (boxed) this.#descend(depth);
        if (value === null) {
          this.#word(0);
          return;
        }
        if (value === undefined) this.#refuse('a value or null', value);
        if (!boxed) {
          this.#word(1);
          this.write(resolve(type.element), value, depth);
          return;
        }
        const box = this.#object(value);
        this.#word(1);
        this.#child('value', type.element, getField(box, 'value'), depth + 1);
        return;
      }
    }
  }

  #fail(code: XdrErrorCode, message: string): never {
    throw new XdrError(code, message, this.#writer.length - this.#start, pathText(this.#path));
  }

  #refuse(expected: string, value: unknown): never {
    this.#fail('BAD_VALUE', `${expected} expected, not ${described(value)}`);
  }

  #descend(depth: number): void {
    if (depth > this.#limits.depth) this.#fail('DEPTH', `nested deeper than ${this.#limits.depth}`);
  }

  #child(key: PathKey, type: XdrType, value: unknown, depth: number): void {
    this.#path.push(key);
    this.write(resolve(type), value, depth);
    this.#path.pop();
  }

  #word(value: number): void {
    this.#writer.uint32(value);
  }

  #object(value: unknown): object {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.#refuse('an object', value);
    return value;
  }

  #integer(type: IntegerType, value: unknown): void {
    if (type.bits === 64) {
      if (typeof value !== 'bigint') this.#refuse('a bigint', value);
      const [least, greatest] = hyperRange(type);
      if (value < least || value > greatest) {
        this.#fail('RANGE', `a hyper is not in ${least} to ${greatest}`);
      }
      this.#writer.uint64(value);
      return;
    }
    if (!Number.isInteger(value)) this.#refuse('an integer', value);
    const [least, greatest] = integerRange(type);
    const number = value as number;
    if (number < least || number > greatest) {
      this.#fail('RANGE', `${number} is not in ${least} to ${greatest}`);
    }
    this.#word(number);
  }

  #float(type: FloatType, value: unknown): void {
    if (type.bits === 128) {
      if (!(value instanceof Uint8Array) || value.length !== 16) this.#refuse('16 bytes', value);
      this.#writer.bytes(value);
      return;
    }
    if (typeof value !== 'number') this.#refuse('a number', value);
    if (type.bits === 64) {
      this.#writer.float64(value);
      return;
    }
    if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) {
      this.#fail('RANGE', `${value} is too large for a float`);
    }
    this.#writer.float32(value);
  }

  #enum(type: EnumType, value: unknown): void {
    if (!Number.isInteger(value)) this.#refuse('an integer', value);
    const number = value as number;
    if (number !== (number | 0)) this.#fail('RANGE', `${number} is not in 32 bits`);
    if (!this.#lenientEnum && !enumNames(type).has(number)) {
      this.#fail('BAD_ENUM', `${number} is no ${type.name ?? 'member'}`);
    }
    this.#word(number);
  }

  #length(length: number, declared: number | undefined, cap: number): void {
    const limit = Math.min(declared ?? cap, MAX_LENGTH);
    if (length > limit) this.#fail('LIMIT', `length ${length} exceeds ${limit}`);
  }

  #opaque(type: OpaqueType, value: unknown): void {
    if (!(value instanceof Uint8Array)) this.#refuse('bytes', value);
    if (type.fixed) {
      const size = type.size ?? 0;
      if (value.length !== size) this.#fail('BAD_VALUE', `${size} bytes expected, not ${value.length}`);
    } else {
      this.#length(value.length, type.size, this.#limits.opaque);
      this.#word(value.length);
    }
    this.#padded(value);
  }

  #string(type: StringType, value: unknown): void {
    if (typeof value !== 'string') this.#refuse('a string', value);
    const limit = Math.min(type.size ?? this.#limits.string, MAX_LENGTH);
    // A string has at least as many bytes as UTF-16 units, so a hopeless one is refused before it is converted.
    if (value.length > limit) this.#length(value.length, type.size, this.#limits.string);
    const bytes = bytesOfText(value);
    if (bytes === undefined) this.#fail('BAD_VALUE', 'a string with surrogates that no bytes decode to');
    this.#length(bytes.length, type.size, this.#limits.string);
    this.#word(bytes.length);
    this.#padded(bytes);
  }

  #padded(bytes: Uint8Array): void {
    this.#writer.bytes(bytes);
    for (let n = padded(bytes.length) - bytes.length; n > 0; n--) this.#writer.uint8(0);
  }

  #array(type: ArrayType, value: unknown, depth: number): void {
    this.#descend(depth);
    if (!Array.isArray(value)) this.#refuse('an array', value);
    if (type.fixed) {
      const size = type.size ?? 0;
      if (value.length !== size) this.#fail('BAD_VALUE', `${size} elements expected, not ${value.length}`);
    } else this.#length(value.length, type.size, this.#limits.array);
    if (minSize(type.element) === 0) {
      this.#zeroSized += value.length;
      const limit = this.#limits.zeroSized;
      if (this.#zeroSized > limit) this.#fail('LIMIT', `more than ${limit} elements without bytes`);
    }
    if (!type.fixed) this.#word(value.length);
    const element = resolve(type.element);
    for (let i = 0, count = value.length; i < count; i++) {
      this.#path.push(i);
      this.write(element, value[i], depth + 1);
      this.#path.pop();
    }
  }

  #list(list: ListIdiom, value: unknown, depth: number): void {
    this.#descend(depth);
    if (!Array.isArray(value)) this.#refuse('an array', value);
    if (value.length > this.#limits.list) {
      this.#fail('LIMIT', `a list of more than ${this.#limits.list} elements`);
    }
    for (let i = 0, count = value.length; i < count; i++) {
      this.#word(1);
      this.#path.push(i);
      this.#struct(list.items, value[i], depth + 1);
      this.#path.pop();
    }
    this.#word(0);
  }

  #struct(type: StructType, value: unknown, depth: number): void {
    this.#descend(depth);
    const object = this.#object(value);
    for (const field of type.fields) {
      this.#child(field.name, field.type, getField(object, field.name), depth + 1);
    }
  }

  #union(type: UnionType, value: unknown, depth: number): void {
    this.#descend(depth);
    const object = this.#object(value);
    const switched = discriminantType(type);
    const { name } = type.discriminant;
    const given = getField(object, name);
    this.#path.push(name);
    const at = this.#writer.p;
    this.write(switched, given, depth + 1);
    const arm = armOf(type, typeof given === 'boolean' ? Number(given) : (given as number | bigint));
    if (arm === undefined) {
      this.#writer.p = at;
      this.#fail('BAD_UNION', `no arm for ${given}`);
    }
    this.#path.pop();
    if (resolve(arm.type).kind === 'void') return;
    const key = armKey(type, arm);
    this.#child(key, arm.type, getField(object, key), depth + 1);
  }
}

/** What a refused value is, without its text: it may be long, hostile, or secret. */
function described(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === 'number' ? String(value) : typeof value;
}
