/**
 * Where two JSON values differ: a path for each place (`resok.entries[3].name`), and both values as JSON text. Bounded
 * in the number of places; what is longer than `MAX_TEXT` is cut. Takes any JSON values; recursion is bounded by the
 * depth that the codec allows. Never throws.
 */

const MAX_TEXT = 200;

export interface Change {
  readonly path: string;
  /** JSON text; null where there is nothing at the path */
  readonly a: string | null;
  readonly b: string | null;
}

/** The first `limit` places where `a` and `b` differ, in the order of `a`. */
export function valueDiff(a: unknown, b: unknown, path = '', limit = 20): Change[] {
  const changes: Change[] = [];
  compare(a, b, path, changes, limit);
  return changes;
}

function compare(a: unknown, b: unknown, path: string, changes: Change[], limit: number): void {
  if (changes.length >= limit || a === b) return;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) {
    changes.push({ path, a: textOf(a), b: textOf(b) });
    return;
  }
  const array = Array.isArray(a);
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const below = array ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    compare(own(a, key), own(b, key), below, changes, limit);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function own(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function textOf(value: unknown): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}
