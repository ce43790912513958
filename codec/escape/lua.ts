/**
 * Lua string literals, for generated dissectors: plain ASCII for every Lua from 5.1 on. Never throws.
 */

/** The text as a quoted Lua literal of its UTF-8 bytes; a lone surrogate U+DC80 to U+DCFF is the byte it stands for. */
export function quoteLua(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (char === '"' || char === '\\') out += `\\${char}`;
    else if (code >= 0x20 && code < 0x7f) out += char;
    else if (code >= 0xdc80 && code <= 0xdcff) out += decimal(code - 0xdc00);
    else for (const byte of new TextEncoder().encode(char)) out += decimal(byte);
  }
  return `${out}"`;
}

/** Three digits always, so that a digit behind it is not taken for part of it. */
function decimal(byte: number): string {
  return `\\${byte.toString().padStart(3, '0')}`;
}
