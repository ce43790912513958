/**
 * XDR strings as JavaScript strings, exactly: bytes that are not UTF-8 become lone surrogates U+DC80 to U+DCFF,
 * one for each byte, and go back to the same bytes. Nothing here throws; a string that no bytes decode to gives
 * undefined.
 */

interface NativeUtf8 {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
  utf8Slice(this: Uint8Array, start: number, end: number): string;
  utf8Write(this: Uint8Array, text: string, offset: number, length: number): number;
}

/** String.prototype.isWellFormed (ES2024; in Node since 20). */
interface WellFormed {
  isWellFormed(): boolean;
}

// Buffer's own primitives: half the cost of TextDecoder and TextEncoder, and they work on any Uint8Array.
const native = Buffer.prototype as unknown as NativeUtf8;
const { latin1Slice, utf8Slice, utf8Write } = native;

const SHORT = 12;
const BY_UNIT = 64;

/** The string that `bytes[start, end)` holds. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  const text = utf8Slice.call(bytes, start, end);
  return text.includes('\ufffd') ? exactText(bytes, start, end) : text;
}

/** The same for bytes that are known to be ASCII. Short ones are not worth the way out of JavaScript and back. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT) return latin1Slice.call(bytes, start, end);
  let text = '';
  let at = start;
  if (end - at >= 8) {
    text = String.fromCharCode(
      bytes[at] as number,
      bytes[at + 1] as number,
      bytes[at + 2] as number,
      bytes[at + 3] as number,
      bytes[at + 4] as number,
      bytes[at + 5] as number,
      bytes[at + 6] as number,
      bytes[at + 7] as number,
    );
    at += 8;
  }
  if (end - at >= 4) {
    text += String.fromCharCode(
      bytes[at] as number,
      bytes[at + 1] as number,
      bytes[at + 2] as number,
      bytes[at + 3] as number,
    );
    at += 4;
  }
  for (; at < end; at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}

/** The same unit by unit, for what holds bytes that are not UTF-8 (or a true U+FFFD). */
function exactText(bytes: Uint8Array, start: number, end: number): string {
  // No byte gives more than one UTF-16 unit. Building the string from pieces would cost 50 bytes for each.
  const units = Buffer.allocUnsafe((end - start) * 2);
  let length = 0;
  let at = start;
  while (at < end) {
    const size = sequenceLength(bytes, at, end);
    const code = size === 0 ? 0xdc00 | (bytes[at] as number) : codePoint(bytes, at, size);
    if (code > 0xffff) {
      length = units.writeUInt16LE(0xd7c0 + (code >> 10), length);
      length = units.writeUInt16LE(0xdc00 | (code & 0x3ff), length);
    } else length = units.writeUInt16LE(code, length);
    at += size === 0 ? 1 : size;
  }
  return units.toString('utf16le', 0, length);
}

/** The code point of a well-formed sequence of `size` bytes. */
function codePoint(bytes: Uint8Array, at: number, size: number): number {
  const lead = bytes[at] as number;
  if (size === 1) return lead;
  let code = lead & (0x7f >> size);
  for (let i = 1; i < size; i++) code = (code << 6) | ((bytes[at + i] as number) & 0x3f);
  return code;
}

/** Bytes of the well-formed UTF-8 sequence at `at` (Unicode table 3-7), or 0. */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (at + length > end) return 0;
  const second = bytes[at + 1] as number;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) {
    if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** The most bytes that a string can take. */
export function maxTextBytes(text: string): number {
  return text.length * 3;
}

/**
 * Write a string at `at`, where {@link maxTextBytes} bytes are free; returns the bytes written, or undefined where
 * the string has lone surrogates. Unit by unit while that is no slower than a call out of JavaScript.
 */
export function writeText(bytes: Uint8Array, text: string, at: number): number | undefined {
  const length = text.length;
  if (length <= BY_UNIT) {
    let i = 0;
    for (; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) break;
      bytes[at + i] = code;
    }
    if (i === length) return length;
  }
  return isWellFormed(text) ? utf8Write.call(bytes, text, at, bytes.length - at) : undefined;
}

/** The bytes of any string, or undefined where decoding them would not give this string back. */
export function bytesOfText(text: string): Uint8Array | undefined {
  if (isWellFormed(text)) return new TextEncoder().encode(text);
  const bytes = new Uint8Array(maxTextBytes(text));
  let at = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0xd800 || code > 0xdfff) continue;
    if (code < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      i++;
      continue;
    }
    if (code < 0xdc80 || code > 0xdcff) return undefined;
    at += utf8Write.call(bytes, text.slice(from, i), at, bytes.length - at);
    bytes[at++] = code & 0xff;
    from = i + 1;
  }
  at += utf8Write.call(bytes, text.slice(from), at, bytes.length - at);
  return exactText(bytes, 0, at) === text ? bytes.subarray(0, at) : undefined;
}

/** Whether the string has no lone surrogate, so that {@link writeText} may write it. */
export function isWellFormed(text: string): boolean {
  return (text as unknown as WellFormed).isWellFormed();
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
