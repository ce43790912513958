/**
 * What bytes are that stand where a record mark should: a length that makes no sense is often the beginning of
 * another protocol. Reads eight bytes at most; never throws.
 */

const LIBVIRT_PROGRAM = 0x20008086;
const LIBVIRT_KEEPALIVE = 0x6b656570;

/** First bytes of text protocols. */
const WORDS: readonly (readonly [start: string, what: string])[] = [
  ['GET ', 'an HTTP request'],
  ['POST', 'an HTTP request'],
  ['PUT ', 'an HTTP request'],
  ['HEAD', 'an HTTP request'],
  ['PRI ', 'an HTTP/2 preface'],
  ['HTTP', 'an HTTP response'],
  ['SSH-', 'an SSH banner'],
  ['220 ', 'an FTP or SMTP greeting'],
  ['EHLO', 'an SMTP greeting'],
];

/** TLS content types (RFC 8446 section 5.1). */
const TLS_RECORDS: Readonly<Record<number, string>> = {
  20: 'a TLS change of cipher',
  21: 'a TLS alert',
  22: 'a TLS handshake',
  23: 'TLS application data',
};

const LONGEST_PLAUSIBLE = 1 << 24;

/** What buf[off, off + len) says of itself, null when that is nothing: `length 1195725856 is "GET ", the start of …`. */
export function explainForeign(buf: Buffer, off: number, len: number): string | null {
  if (len < 4) return null;
  const what = foreign(buf, off, len);
  return what === null ? null : `length ${buf.readUInt32BE(off) & 0x7fff_ffff} is ${what}`;
}

function foreign(buf: Buffer, off: number, len: number): string | null {
  const text = buf.toString('latin1', off, off + 4);
  const word = WORDS.find(([start]) => start === text);
  if (word !== undefined) return `"${word[0]}", the start of ${word[1]}`;
  const first = buf[off]!;
  if (buf[off + 1] === 3 && buf[off + 2]! <= 4 && TLS_RECORDS[first] !== undefined)
    return `${TLS_RECORDS[first]} record`;
  const mark = buf.readUInt32BE(off);
  const program = len >= 8 ? buf.readUInt32BE(off + 4) : 0;
  // libvirt counts its length word in, and has no record mark
  if (program === LIBVIRT_PROGRAM || program === LIBVIRT_KEEPALIVE) {
    return `a libvirt message of ${mark} bytes (program 0x${program.toString(16)})`;
  }
  const swapped = buf.readUInt32LE(off);
  if ((mark & 0x7fff_ffff) > LONGEST_PLAUSIBLE && (swapped & 0x7fff_ffff) === len - 4) {
    return `a little-endian length, ${len - 4}, which is what follows`;
  }
  if (/^[\t\n\r\x20-\x7e]{4}$/.test(text)) return `"${text}"`;
  return null;
}
