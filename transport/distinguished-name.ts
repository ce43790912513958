/**
 * Distinguished names as data: parsed from a certificate's subject and from what a person wrote, compared whole.
 * The order is the certificate's, most significant first (C, O, …, CN). Values are compared byte for byte.
 */
import { TransportError } from './errors.ts';

/** `+` before an attribute: it stands in the same relative name as the one before it. */
export type DistinguishedName = readonly (readonly [attribute: string, value: string])[];

/** Parses `X509Certificate.subject`: a line per relative name, values escaped as RFC 2253 has it. */
export function parseSubject(subject: string): DistinguishedName {
  return subject === '' ? [] : subject.split('\n').flatMap((line) => parseRelative(line, subject));
}

/**
 * Parses `C=GB,O=Example\, Inc,CN=alice`, in the certificate's order; blanks around commas do not count, `\` escapes
 * a character or two hex digits, quotes hold a whole value. Throws TransportError BAD_TARGET.
 */
export function parseDistinguishedName(text: string): DistinguishedName {
  const name = splitUnescaped(text, ',').flatMap((part) => parseRelative(part, text));
  if (name.length === 0) fail(text);
  return name;
}

export function sameName(a: DistinguishedName, b: DistinguishedName): boolean {
  return (
    a.length === b.length &&
    a.every(([attribute, value], i) => {
      const other = b[i];
      return other !== undefined && other[1] === value && canonical(other[0]) === canonical(attribute);
    })
  );
}

/** The name as `parseDistinguishedName` reads it. */
export function formatName(name: DistinguishedName): string {
  return name
    .map(([attribute, value], i) => {
      const joint = i === 0 ? '' : attribute.startsWith('+') ? '+' : ',';
      return `${joint}${attribute.replace(/^\+/, '')}=${escapeValue(value)}`;
    })
    .join('');
}

/** OpenSSL and RFC 4514 differ over how some attributes are called. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['email', 'emailaddress'],
  ['e', 'emailaddress'],
  ['s', 'st'],
  ['userid', 'uid'],
]);

function canonical(attribute: string): string {
  const plain = attribute.replace(/^\+/, '').toLowerCase();
  return `${attribute.startsWith('+') ? '+' : ''}${ALIASES.get(plain) ?? plain}`;
}

function parseRelative(text: string, whole: string): [string, string][] {
  return splitUnescaped(text, '+').map((part, i) => {
    const equals = part.indexOf('=');
    const attribute = part.slice(0, Math.max(equals, 0)).trim();
    if (!/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(attribute)) return fail(whole);
    return [i === 0 ? attribute : `+${attribute}`, unescapeValue(part.slice(equals + 1), whole)];
  });
}

/** Splits at `at` where it is neither escaped nor quoted. */
function splitUnescaped(text: string, at: string): string[] {
  const parts: string[] = [];
  let quoted = false;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (c === '"') quoted = !quoted;
    else if (c === at && !quoted) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  if (quoted) fail(text);
  parts.push(text.slice(from));
  return parts;
}

function unescapeValue(text: string, whole: string): string {
  let from = 0;
  let to = text.length;
  while (text[from] === ' ') from++;
  // A trailing blank may be escaped, so a blank behind a backslash stays.
  while (to > from && text[to - 1] === ' ' && text[to - 2] !== '\\') to--;
  const bytes: number[] = [];
  const source = Buffer.from(text.slice(from, to));
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] as number;
    if (byte === 0x22) continue;
    if (byte !== 0x5c) {
      bytes.push(byte);
      continue;
    }
    const hex = source.toString('latin1', i + 1, i + 3);
    if (/^[0-9A-Fa-f]{2}$/.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      i += 2;
    } else if (i + 1 < source.length) {
      bytes.push(source[++i] as number);
    } else {
      fail(whole);
    }
  }
  return Buffer.from(bytes).toString();
}

function escapeValue(value: string): string {
  return value
    .replace(/[\\,+"<>;=]/g, '\\$&')
    .replace(/[\0-\x1f\x7f]/g, (c) => `\\${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(/^#/, '\\#')
    .replace(/^ | $/g, '\\20');
}

function fail(text: string): never {
  throw new TransportError('BAD_TARGET', `${JSON.stringify(text)} is no distinguished name`);
}
