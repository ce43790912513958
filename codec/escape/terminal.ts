/**
 * Text from a peer or a file, made fit for a terminal: nothing in it can move the cursor, change colours or
 * titles, hide or reorder text. What is replaced stays visible. Never throws.
 */

/**
 * C0 and C1 controls and DEL, line and paragraph separators, the bidi controls, zero-width and other invisible
 * format characters, tags, and surrogates without partner.
 */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{1d173}-\u{1d17a}\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

const SHORT: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/**
 * One line for the terminal. Unsafe characters become `\t`, `\n`, `\r`, `\xNN`, `\u{N}`; a lone surrogate
 * U+DC80 to U+DCFF, which stands for a byte that is no UTF-8, becomes that byte's `\xNN`. A backslash stays, so
 * this is for reading, not for parsing back.
 */
export function escapeTerminal(text: string): string {
  return text.replace(UNSAFE, (c) => SHORT[c] ?? visible(c.codePointAt(0) as number));
}

function visible(code: number): string {
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return `\\u{${code.toString(16)}}`;
}
