/**
 * What bounds the work on one message (DESIGN section 6) and how strict decoding is. All are options; every limit
 * is inclusive: at the limit is accepted, one above is refused.
 */

/** Caps on one value. Sizes are bytes, counts are elements; `Infinity` leaves the bound to the message itself. */
export interface Limits {
  /** how deep structs, unions, arrays and boxed optionals may hold one another; at most {@link MAX_DEPTH} */
  readonly depth: number;
  /** elements of a linked list (the list idiom) */
  readonly list: number;
  /** bytes of a `string<>` that declares no limit */
  readonly string: number;
  /** bytes of an `opaque<>` that declares no limit */
  readonly opaque: number;
  /** elements of an array that declares no limit */
  readonly array: number;
  /** elements that take no bytes (void, empty structs), all arrays of one message together */
  readonly zeroSized: number;
}

/** The most that `Limits.depth` may ask for: beyond it the JavaScript stack is not safe. */
export const MAX_DEPTH = 1000;

/** For clients and the dissector: what declares no limit is bounded by its message. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  depth: 64,
  list: 100_000,
  string: Number.POSITIVE_INFINITY,
  opaque: Number.POSITIVE_INFINITY,
  array: Number.POSITIVE_INFINITY,
  zeroSized: 1024,
});

/** For servers: 1 MiB and 65,536 elements for what declares no limit. */
export const SERVER_LIMITS: Limits = Object.freeze({
  ...DEFAULT_LIMITS,
  string: 1 << 20,
  opaque: 1 << 20,
  array: 65_536,
});

/** Something that lenient decoding accepted and strict decoding would have refused. */
export interface LenientNote {
  readonly code: 'BAD_PADDING' | 'BAD_BOOL' | 'BAD_ENUM' | 'TRAILING';
  /** byte offset in the input */
  readonly offset: number;
  readonly path: string;
}

/** Options of every encoder and decoder. */
export interface CodecOptions {
  /** accept non-zero padding, booleans other than 0 and 1, unknown enum values and trailing bytes */
  readonly lenient?: boolean;
  /** accept enum values outside the declared set, whatever `lenient` says */
  readonly lenientEnum?: boolean;
  /** accept bytes after the value */
  readonly allowTrailing?: boolean;
  /** limits to change; the others keep their defaults */
  readonly limits?: Partial<Limits>;
  /** false: use the walker, never generated code */
  readonly codegen?: boolean;
  /** 'copy' (default): decoded opaques own their bytes. 'view': they are windows into the input */
  readonly bytes?: 'copy' | 'view';
  /** called for each thing that only lenient decoding accepts */
  readonly onNote?: (note: LenientNote) => void;
}

const COMPLETE = new WeakSet<object>([DEFAULT_LIMITS, SERVER_LIMITS]);

/** The limits to use: the defaults with `limits` over them. A RangeError for what is no limit. */
export function limitsOf(limits: Partial<Limits> | undefined): Limits {
  if (limits === undefined) return DEFAULT_LIMITS;
  if (COMPLETE.has(limits)) return limits as Limits;
  const all = { ...DEFAULT_LIMITS };
  for (const key of Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]) {
    const given = limits[key];
    if (given === undefined) continue;
    if (!(given >= 0)) throw new RangeError(`limit ${key} must be a number of at least 0`);
    all[key] = given;
  }
  if (all.depth > MAX_DEPTH) throw new RangeError(`limit depth must be at most ${MAX_DEPTH}`);
  return all;
}
