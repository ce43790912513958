/**
 * What is wrong in a `.x` source: one `IdlError` a finding, collected by one run into one thrown `IdlErrors`.
 */

/** One finding. Lines and columns count from 1; `token` is '' at the end of a file; `expected` may be ''. */
export class IdlError extends Error {
  override readonly name = 'IdlError';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly token: string;
  readonly expected: string;

  constructor(message: string, at: Position & { readonly text?: string }, expected = '') {
    super(message);
    this.file = at.file;
    this.line = at.line;
    this.column = at.column;
    this.token = at.text ?? '';
    this.expected = expected;
  }

  /** `file:line:column: reason`, as compilers print it. */
  describe(): string {
    return `${this.file}:${this.line}:${this.column}: ${this.message}`;
  }
}

/** A place in a source file. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** All findings of one run, in source order as met; never empty. `message` holds one line for each. */
export class IdlErrors extends Error {
  override readonly name = 'IdlErrors';
  readonly errors: readonly IdlError[];

  constructor(errors: readonly IdlError[]) {
    super(errors.map((e) => e.describe()).join('\n'));
    this.errors = errors;
  }
}

export function isIdlErrors(e: unknown): e is IdlErrors {
  return e instanceof IdlErrors;
}

/** "expected X, found Y" at a token. */
export function unexpected(token: Position & { readonly text: string }, expected: string): IdlError {
  const found = token.text === '' ? 'the end of the file' : `'${token.text}'`;
  return new IdlError(`expected ${expected}, found ${found}`, token, expected);
}
