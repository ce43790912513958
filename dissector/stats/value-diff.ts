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
  eachDifference(a, b, path, (at, x, y) => {
    changes.push({ path: at, a: valueText(x), b: valueText(y) });
    return changes.length < limit;
  });
  return changes;
}

/**
 * Visits the places where `a` and `b` differ, in the order of `a`, until `visit` gives false; undefined where there is
 * nothing at the path.
 */
export function eachDifference(
  a: unknown,
  b: unknown,
  path: string,
  visit: (path: string, a: unknown, b: unknown) => boolean,
): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return visit(path, a, b);
  const array = Array.isArray(a);
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const below = array ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    if (!eachDifference(own(a, key), own(b, key), below, visit)) return false;
  }
  return true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function own(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A value as JSON text, cut to `MAX_TEXT`; null for undefined. */
export function valueText(value: unknown): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}
