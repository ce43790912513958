/**
 * What ends a replay before its time. Differences are no errors: they are its result.
 */

/** LIMIT: the session is too large. BAD_RULES: a rules file. LOST: the target cannot be reached (again). */
export type ReplayErrorCode = 'LIMIT' | 'BAD_RULES' | 'LOST';

export class ReplayError extends Error {
  override readonly name = 'ReplayError';
  readonly code: ReplayErrorCode;

  constructor(code: ReplayErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export function isReplayError(e: unknown): e is ReplayError {
  return e instanceof Error && e.name === 'ReplayError';
}
