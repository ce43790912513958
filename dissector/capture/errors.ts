/**
 * The one error class of capture reading: a closed set of codes, and the byte offset in the (inflated) capture.
 */

/**
 * Why a capture cannot be read (further). `TRUNCATED`: it ends inside a record. `FORMAT`: it is no capture.
 * `UNSUPPORTED`: a version or link type nobody reads. `LENGTH`: a length that cannot be, or is over a limit.
 * `CORRUPT`: a block that contradicts itself. `INFLATE`: bad gzip data, or far more of it than could be honest.
 */
export type CaptureErrorCode = 'TRUNCATED' | 'FORMAT' | 'UNSUPPORTED' | 'LENGTH' | 'CORRUPT' | 'INFLATE';

/** Reading failed at byte `offset`. All packets before it were delivered. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
  readonly code: CaptureErrorCode;
  readonly offset: number;

  constructor(code: CaptureErrorCode, message: string, offset: number) {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}

export function isCaptureError(e: unknown): e is CaptureError {
  return e instanceof CaptureError;
}
