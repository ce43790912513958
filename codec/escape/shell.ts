/**
 * One word of a POSIX shell command line that a person may copy.
 */

/**
 * The text as one shell word: itself when it is plainly harmless, else in single quotes. Throws RangeError for
 * text with a NUL, which no argument can hold. A leading `-` is kept: where options may follow, put `--` before.
 */
export function quoteShell(text: string): string {
  if (text.includes('\0')) throw new RangeError('a shell word cannot hold a NUL');
  if (/^[A-Za-z0-9_@%+:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
