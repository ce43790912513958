/**
 * What ends a command: the exit statuses, and the one error class of the command line: WHAT went wrong, WHY, the
 * status, and a hint where one helps. run.ts prints it as `oncilla: WHAT: WHY (HINT)`.
 */

/** Exit statuses (docs: the same for every command). */
export const EXIT_OK = 0;
export const EXIT_NEGATIVE = 1;
export const EXIT_USAGE = 2;
export const EXIT_UNREACHABLE = 3;
export const EXIT_INTERRUPTED = 130;

/** `detail` lines are printed below the message as they are (a filter and its caret). */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly what: string;
  readonly why: string;
  readonly status: number;
  readonly hint: string | undefined;
  readonly detail: string | undefined;

  constructor(
    what: string,
    why: string,
    options: { status?: number; hint?: string; detail?: string; cause?: unknown } = {},
  ) {
    super(`${what}: ${why}`, { cause: options.cause });
    this.what = what;
    this.why = why;
    this.status = options.status ?? 2;
    this.hint = options.hint;
    this.detail = options.detail;
  }
}

export function isCliError(e: unknown): e is CliError {
  // by name: a loader may hold this module twice, once for require and once for import
  return e instanceof Error && e.name === 'CliError';
}

/** Thrown by an Output whose reader has gone: the process ends quietly. */
export class ClosedPipe extends Error {
  override readonly name = 'ClosedPipe';
}

export function isClosedPipe(e: unknown): e is ClosedPipe {
  return e instanceof Error && e.name === 'ClosedPipe';
}

/** The reason of a failed system call, without Node's code and syscall decoration. */
export function systemReason(e: unknown): string {
  const code = (e as NodeJS.ErrnoException | undefined)?.code;
  const known: Record<string, string> = {
    ENOENT: 'no such file or directory',
    EACCES: 'permission denied',
    EISDIR: 'is a directory',
    ENOTDIR: 'not a directory',
    EMFILE: 'too many open files',
    ENOSPC: 'no space left on device',
    EIO: 'input/output error',
    EADDRINUSE: 'address already in use',
    EADDRNOTAVAIL: 'no such address here',
    ECONNREFUSED: 'connection refused',
    ECONNRESET: 'connection reset',
    EEXIST: 'exists already',
  };
  if (code !== undefined && known[code] !== undefined) return known[code];
  return e instanceof Error ? e.message : String(e);
}
