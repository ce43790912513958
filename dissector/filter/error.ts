/** The one error of the filter language: what is wrong, and the columns [at, end) of the expression it is about. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
  /** 0-based; at === end: at that place, nothing in particular; -1: about the whole expression */
  readonly at: number;
  readonly end: number;
  /** the expression, once it is known */
  expression = '';

  constructor(message: string, at = -1, end = at + 1) {
    super(message);
    this.at = at;
    this.end = end;
  }
}

export function isFilterError(e: unknown): e is FilterError {
  return e instanceof FilterError;
}

/** The expression, indented, and under it a caret line pointing at what the error is about. */
export function showPlace(text: string, error: FilterError): string | undefined {
  if (error.at < 0) return undefined;
  const line = text.replace(/[\x00-\x1f\x7f]/g, ' ');
  const width = Math.max(1, Math.min(error.end, line.length) - error.at);
  return `    ${line}\n    ${' '.repeat(error.at)}^${'~'.repeat(width - 1)}`;
}
