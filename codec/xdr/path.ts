/**
 * Where in a value something is: a stack of keys while walking, text when asked. Never throws.
 */

/** Struct fields and union arms by name, array elements by index. */
export type PathKey = string | number;

/** `entries[3].name`; '' for the root. */
export function pathText(keys: readonly PathKey[]): string {
  let text = '';
  for (const key of keys) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += text === '' ? key : `.${key}`;
  }
  return text;
}
