/**
 * Paths into messages as `--ignore` and `--tolerance` take them: `result.resok.verf`, `*.atime`, `result.entries[*].cookie`.
 */

/** `*` for anything, the rest as it stands; a path matches with all that is below it. */
export function pathPattern(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}(?:[.[].*)?$`, 's');
}
