/**
 * Arguments and results by procedure, with what is declared beside the `.x`: results that repeat, calls within
 * calls. Throws XdrError for bytes that are not what the description says, offsets counted from the start of
 * `bytes`. The bytes of an inner call are tried and never fail the outer one: what they hold is their sender's
 * business, and the outer message is whole without it.
 */
import {
  type CodecOptions,
  codecOf,
  DEFAULT_LIMITS,
  isXdrError,
  resolve,
  Writer,
  XdrError,
} from '../xdr/index.ts';
import type { DeclaredProcedure, InnerCall, Repetition } from './declarations.ts';

/** Calls within calls within calls: how deep they are followed. */
export const MAX_INNER_CALLS = 4;

/** Which call the bytes inside a call belong to. */
export interface CallNumbers {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
}

/** `lookup` finds the procedures of inner calls; without it their bytes stay bytes. */
export interface BodyOptions extends CodecOptions {
  readonly lookup?: (program: number, version: number, procedure: number) => DeclaredProcedure | undefined;
}

/**
 * A call inside a call, or its results. `body`: what its bytes hold, when its procedure is known and they are
 * that; `error`: why not, when they are not.
 */
export interface InnerBody extends CallNumbers {
  readonly body?: DecodedBody;
  readonly error?: XdrError;
}

/** `value`: of the argument's or result's type; an array of such values for a result that repeats. */
export interface DecodedBody {
  readonly value: unknown;
  /** bytes taken from `off` on */
  readonly consumed: number;
  readonly inner?: InnerBody;
}

/**
 * The arguments in bytes[off, end). Bytes behind them are an XdrError TRAILING, unless the options say `lenient`
 * or `allowTrailing`.
 */
export function decodeArguments(
  declared: DeclaredProcedure,
  bytes: Uint8Array,
  off: number,
  end: number,
  options: BodyOptions = {},
): DecodedBody {
  return decodeCallBody(declared, bytes, off, end, options, 0);
}

/**
 * The results in bytes[off, end). `inner` says which call the caller asked to have made, for results that hold
 * that call's results.
 */
export function decodeResult(
  declared: DeclaredProcedure,
  bytes: Uint8Array,
  off: number,
  end: number,
  options: BodyOptions = {},
  inner?: CallNumbers,
): DecodedBody {
  const { procedure, declared: facts } = declared;
  const { result } = procedure;
  if (facts.repeats !== undefined) return decodeRepeated(declared, facts.repeats, bytes, off, end, options);
  const decoded = codecOf(result, options).decodeAt(bytes, off, end);
  checkTrailing(off + decoded.consumed, end, options);
  if (facts.innerCall === undefined || inner === undefined) return decoded;
  const held = field(decoded.value, facts.innerCall.results);
  if (!(held instanceof Uint8Array)) return decoded;
  const target = options.lookup?.(inner.program, inner.version, inner.procedure);
  if (target === undefined) return { ...decoded, inner };
  return { ...decoded, inner: attempt(inner, () => decodeResult(target, held, 0, held.length, options)) };
}

/** The results' bytes. A result that repeats is an array, whose last element, and no other, ends it. */
export function encodeResult(
  declared: DeclaredProcedure,
  value: unknown,
  options: CodecOptions = {},
): Uint8Array {
  const { procedure, declared: facts } = declared;
  const codec = codecOf(procedure.result, options);
  if (facts.repeats === undefined) return codec.encode(value);
  if (!Array.isArray(value)) throw new XdrError('BAD_VALUE', 'a result that repeats is an array', 0, '');
  const isLast = lastOf(declared, facts.repeats);
  const writer = new Writer();
  for (const [i, element] of value.entries()) {
    if (isLast(element) !== (i === value.length - 1)) {
      throw new XdrError('BAD_VALUE', 'the last element, and no other, ends the result', 0, `[${i}]`);
    }
    codec.encodeInto(writer, element);
  }
  if (value.length === 0) throw new XdrError('BAD_VALUE', 'a result that repeats has a last element', 0, '');
  return writer.take();
}

function decodeCallBody(
  { procedure, declared }: DeclaredProcedure,
  bytes: Uint8Array,
  off: number,
  end: number,
  options: BodyOptions,
  depth: number,
): DecodedBody {
  const decoded = codecOf(procedure.argument, options).decodeAt(bytes, off, end);
  checkTrailing(off + decoded.consumed, end, options);
  const numbers =
    declared.innerCall === undefined ? undefined : innerNumbers(declared.innerCall, decoded.value);
  if (declared.innerCall === undefined || numbers === undefined) return decoded;
  const held = field(decoded.value, declared.innerCall.arguments);
  const target = options.lookup?.(numbers.program, numbers.version, numbers.procedure);
  if (!(held instanceof Uint8Array) || target === undefined || depth === MAX_INNER_CALLS) {
    return { ...decoded, inner: numbers };
  }
  const inner = attempt(numbers, () => decodeCallBody(target, held, 0, held.length, options, depth + 1));
  return { ...decoded, inner };
}

export function innerNumbers(inner: InnerCall, value: unknown): CallNumbers | undefined {
  const [program, version, procedure] = [inner.program, inner.version, inner.procedure].map((n) =>
    field(value, n),
  );
  if (typeof program !== 'number' || typeof version !== 'number' || typeof procedure !== 'number')
    return undefined;
  return { program, version, procedure };
}

function attempt(numbers: CallNumbers, decode: () => DecodedBody): InnerBody {
  try {
    return { ...numbers, body: decode() };
  } catch (error) {
    if (!isXdrError(error)) throw error;
    return { ...numbers, error };
  }
}

function decodeRepeated(
  declared: DeclaredProcedure,
  repeats: Repetition,
  bytes: Uint8Array,
  off: number,
  end: number,
  options: BodyOptions,
): DecodedBody {
  const codec = codecOf(declared.procedure.result, options);
  const isLast = lastOf(declared, repeats);
  const most = options.limits?.list ?? DEFAULT_LIMITS.list;
  const values: unknown[] = [];
  let at = off;
  for (;;) {
    if (values.length >= most)
      throw new XdrError('LIMIT', `more than ${most} elements`, at, `[${values.length}]`);
    const { value, consumed } = decodeElement(() => codec.decodeAt(bytes, at, end), values.length);
    values.push(value);
    at += consumed;
    if (isLast(value)) break;
  }
  checkTrailing(at, end, options);
  return { value: values, consumed: at - off };
}

/** An error within an element has the element in its path. */
function decodeElement<T>(decode: () => T, index: number): T {
  try {
    return decode();
  } catch (e) {
    if (!isXdrError(e)) throw e;
    const path = e.path === '' || e.path.startsWith('[') ? `[${index}]${e.path}` : `[${index}].${e.path}`;
    throw new XdrError(e.code, e.message, e.offset, path);
  }
}

/** Whether a value of the result's type ends the repetition. */
export function lastOf({ procedure }: DeclaredProcedure, { last }: Repetition): (value: unknown) => boolean {
  const type = resolve(procedure.result);
  if (type.kind !== 'union') throw new TypeError(`the result of ${procedure.name} repeats and is no union`);
  const { name } = type.discriminant;
  return (value) => last.includes(Number(field(value, name)));
}

function checkTrailing(at: number, end: number, options: CodecOptions): void {
  if (at === end || options.allowTrailing === true) return;
  if (options.lenient !== true) throw new XdrError('TRAILING', `${end - at} bytes after the value`, at, '');
  options.onNote?.({ code: 'TRAILING', offset: at, path: '' });
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
