/**
 * What goes wrong with a state directory. LOCKED: another daemon has it. IO: the system refused, `cause` says how;
 * what is kept is as it was before.
 */

export type StoreErrorCode = 'LOCKED' | 'IO';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export function isStoreError(error: unknown): error is StoreError {
  return error instanceof StoreError;
}

/** The system's word for it, 'ENOSPC', or the message. */
export function systemCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
