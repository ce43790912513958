/**
 * What a caller tells the `.x` front end: names, includes, macros, limits.
 */

/** Bounds on hostile sources; all have defaults. */
export interface IdlLimits {
  /** Characters of all files together (4 Mi). */
  readonly maxSourceLength?: number;
  /** Tokens after macros are replaced (1,000,000). */
  readonly maxTokens?: number;
  /** Files open inside each other (32). */
  readonly maxIncludeDepth?: number;
  /** Types, unions and namespaces inside each other (32). */
  readonly maxNesting?: number;
  /** Findings kept in one run (20). */
  readonly maxErrors?: number;
}

export type ResolvedLimits = Required<IdlLimits>;

export interface IdlOptions {
  /** The source's name, for messages and as the place that `#include "…"` starts from. */
  readonly file?: string;
  /** The text of an included file, or null if there is none. Without it every include is an error. */
  readonly readFile?: (path: string) => string | null;
  /** Folders for `#include`, in order, as `-I` has them. */
  readonly includeDirs?: readonly string[];
  /** Macros, as `-D NAME=VALUE` has them. */
  readonly defines?: Readonly<Record<string, string>>;
  readonly limits?: IdlLimits;
}

export function resolveLimits(limits: IdlLimits = {}): ResolvedLimits {
  return {
    maxSourceLength: limits.maxSourceLength ?? 4 * 1024 * 1024,
    maxTokens: limits.maxTokens ?? 1_000_000,
    maxIncludeDepth: limits.maxIncludeDepth ?? 32,
    maxNesting: limits.maxNesting ?? 32,
    maxErrors: limits.maxErrors ?? 20,
  };
}

/** `folder/name` with `.` and `..` folded, so that a file has one name however it was reached. */
export function joinPath(folder: string, name: string): string {
  const absolute = name.startsWith('/') ? name : folder === '' ? name : `${folder}/${name}`;
  const parts: string[] = [];
  for (const part of absolute.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !absolute.startsWith('/')) parts.push(part);
  }
  return (absolute.startsWith('/') ? '/' : '') + parts.join('/');
}
