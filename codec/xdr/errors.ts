/**
 * The one error class of the XDR codec: a closed set of codes, where in the bytes, and where in the value.
 */

/** Why bytes or a value were refused. */
export type XdrErrorCode =
  | 'LIMIT'
  | 'TRUNCATED'
  | 'BAD_ENUM'
  | 'BAD_UNION'
  | 'BAD_BOOL'
  | 'BAD_PADDING'
  | 'TRAILING'
  | 'RANGE'
  | 'DEPTH'
  | 'BAD_VALUE';

/** Encoding or decoding failed at byte `offset`, at `path` in the value (`entries[3].name`, '' for the root). */
export class XdrError extends Error {
  override readonly name = 'XdrError';
  readonly code: XdrErrorCode;
  readonly offset: number;
  readonly path: string;

  constructor(code: XdrErrorCode, message: string, offset: number, path: string) {
    super(message);
    this.code = code;
    this.offset = offset;
    this.path = path;
  }
}

export function isXdrError(e: unknown): e is XdrError {
  return e instanceof XdrError;
}
