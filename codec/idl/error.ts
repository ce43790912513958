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

/** All findings of one run, file by file as met, in each by place; never empty. `message` holds a line for each. */
export class IdlErrors extends Error {
  override readonly name = 'IdlErrors';
  readonly errors: readonly IdlError[];

  constructor(found: readonly IdlError[]) {
    const errors = inOrder(found);
    super(errors.map((e) => e.describe()).join('\n'));
    this.errors = errors;
  }
}

/** Names are resolved after all is parsed, so findings come in two rounds; who mends the file goes through it once. */
function inOrder(errors: readonly IdlError[]): IdlError[] {
  const files = new Map<string, number>();
  for (const { file } of errors) if (!files.has(file)) files.set(file, files.size);
  return [...errors].sort(
    (a, b) => files.get(a.file)! - files.get(b.file)! || a.line - b.line || a.column - b.column,
  );
}

export function isIdlErrors(e: unknown): e is IdlErrors {
  return e instanceof IdlErrors;
}

type Found = Position & { readonly text: string };

/** "expected X, found Y" at a token. */
export function unexpected(token: Found, expected: string): IdlError {
  return new IdlError(`expected ${expected}, found ${shown(token)}`, token, expected);
}

/** A `{` without its `}`. It is told where it opens: what is found behind may lie anywhere, and is right in itself. */
export class Unclosed extends IdlError {
  constructor(open: Found, found: Found) {
    const where = found.text === '' ? '' : ` in line ${found.line}`;
    super(`'{' is not closed: expected '}' before ${shown(found)}${where}`, open, "'}'");
  }
}

function shown(token: Found): string {
  return token.text === '' ? 'the end of the file' : `'${token.text}'`;
}
