/**
 * What must hold of our own decoders whatever the bytes, for any types: the generated decoder and the walker give the
 * same value or refuse alike, at the same place; what decodes encodes to the same bytes, also by way of JSON; the field
 * tree stops where decoding does. `execute` throws a CodecFault where something does not hold; XdrError never comes out.
 */
import {
  annotate,
  type Codec,
  codecOf,
  fromJson,
  isXdrError,
  jsonText,
  type Rng,
  toJson,
  type XdrError,
  type XdrType,
} from '../codec/xdr/index.ts';

import { reachableTypes } from './dictionary.ts';
import { randomEncoding } from './random-encoding.ts';

export class CodecFault extends Error {
  override readonly name = 'CodecFault';
}

/** The decoders of many types as one target: the first word of an input says which. */
export interface CodecTarget {
  execute(input: Uint8Array): void;
  /** an input that decodes */
  generate(random: Rng): Uint8Array;
  /** an input that holds a value's bytes as they were seen; null for none of these types */
  input(type: XdrType, bytes: Uint8Array): Uint8Array | null;
}

const HEAD = 4;

interface Decoders {
  readonly type: XdrType;
  readonly generated: readonly Codec[];
  readonly walked: readonly Codec[];
}

export function codecTarget(types: readonly XdrType[]): CodecTarget {
  if (types.length === 0) throw new RangeError('no type to decode');
  const all = types.map((type): Decoders => {
    const modes = [{}, { lenient: true }];
    return {
      type,
      generated: modes.map((mode) => codecOf(type, mode)),
      walked: modes.map((mode) => codecOf(type, { ...mode, codegen: false })),
    };
  });
  return {
    execute(input) {
      if (input.length < HEAD) return;
      const which = new DataView(input.buffer, input.byteOffset).getUint32(0) % all.length;
      examine(all[which] as Decoders, input.subarray(HEAD));
    },
    generate(random) {
      const which = random() % all.length;
      return headed(which, randomEncoding((all[which] as Decoders).type, random));
    },
    input(type, bytes) {
      const which = types.indexOf(type);
      return which < 0 ? null : headed(which, bytes);
    },
  };
}

function headed(which: number, bytes: Uint8Array): Uint8Array {
  const input = new Uint8Array(HEAD + bytes.length);
  new DataView(input.buffer).setUint32(0, which);
  input.set(bytes, HEAD);
  return input;
}

type Attempt = { readonly value: unknown } | { readonly error: XdrError };

function attempt(codec: Codec, bytes: Uint8Array): Attempt {
  try {
    return { value: codec.decode(bytes) };
  } catch (error) {
    if (!isXdrError(error)) throw error;
    return { error };
  }
}

function examine({ type, generated, walked }: Decoders, bytes: Uint8Array): void {
  for (const [mode, codec] of generated.entries()) {
    const name = mode === 0 ? 'strict' : 'lenient';
    const fast = attempt(codec, bytes);
    const slow = attempt(walked[mode] as Codec, bytes);
    const [a, b] = [told(fast), told(slow)];
    if (a !== b) throw new CodecFault(`${name}: generated says "${a}", the walker "${b}"`);
    const tree = annotate(type, bytes, 0, bytes.length, { lenient: mode === 1 });
    const c = tree.error === undefined ? 'ok' : placeOf(tree.error);
    if (a !== c) throw new CodecFault(`${name}: decoding says "${a}", the field tree "${c}"`);
    if ('value' in fast) roundTrip(type, codec, walked[mode] as Codec, fast.value, mode === 0 ? bytes : null);
  }
}

function told(one: Attempt): string {
  return 'value' in one ? 'ok' : placeOf(one.error);
}

function placeOf({ code, offset, path }: XdrError): string {
  return `${code} at ${offset} in ${path}`;
}

/** `bytes`: what the value must encode to; null where decoding forgave something. */
function roundTrip(type: XdrType, fast: Codec, slow: Codec, value: unknown, bytes: Uint8Array | null): void {
  const [a, b] = [encoded(fast, value), encoded(slow, value)];
  if (!same(a, b)) throw new CodecFault('the two encoders give different bytes');
  if (a === null) return;
  if (bytes !== null) throughJson(type, fast, value, a);
  // NaN has many forms on the wire and one as a number: what comes of it must at least stay as it is.
  const again = encoded(fast, fast.decode(a));
  if (!same(a, again)) throw new CodecFault('what was encoded encodes to other bytes');
  if (bytes === null || same(a, bytes)) return;
  const isNan = a.length === bytes.length && holdsFloat(type);
  if (!isNan) throw new CodecFault('decoded and encoded, other bytes');
}

/** Only of what strict decoding gave: a value that it would refuse is refused from JSON too. */
function throughJson(type: XdrType, codec: Codec, value: unknown, bytes: Uint8Array): void {
  const json = toJson(type, value);
  if (jsonText(type, value) !== JSON.stringify(json)) throw new CodecFault('the two forms of JSON differ');
  if (!same(bytes, encoded(codec, fromJson(type, json)))) {
    throw new CodecFault('by way of JSON other bytes come back');
  }
}

function holdsFloat(type: XdrType): boolean {
  for (const { kind } of reachableTypes([type])) if (kind === 'float') return true;
  return false;
}

/** null for a value that lenient decoding made and encoding refuses. */
function encoded(codec: Codec, value: unknown): Uint8Array | null {
  try {
    return codec.encode(value);
  } catch (e) {
    if (isXdrError(e)) return null;
    throw e;
  }
}

function same(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return Buffer.compare(a, b) === 0;
}
