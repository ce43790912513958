/**
 * What of a message's arguments or results stands in its line, as its program declares it (codec/rpc):
 * `, FH: 0x8d5867ef`, ` Port:2049`. Bytes may be anything: of what cannot be decoded nothing is shown. Never throws.
 */
import { findProgram } from '../../codec/programs/known-programs.ts';
import type { DeclaredProcedure, InfoFormat, InfoPart } from '../../codec/rpc/declarations.ts';
import { enumNames, type XdrType } from '../../codec/xdr/index.ts';
import type { Pdu } from '../session/pdu.ts';
import { bitsText, decodedBody, handleText, heldAt, shownText, typeAt, valueAt } from './compound-info.ts';
import { IP_PROTOCOLS } from './network-names.ts';

const CALL = 0;
/** Characters of a line: tshark's is no longer. */
const MAX_LINE = 4096;

/** `, DH: 0x8d5867ef/hello.txt`; '' where nothing is declared or can be said. */
export function messageInfo(declared: DeclaredProcedure, pdu: Pdu): string {
  const call = pdu.msgtyp === CALL;
  const parts = call ? declared.declared.info?.call : declared.declared.info?.reply;
  if (parts === undefined || parts.length === 0) return '';
  const value = decodedBody(declared, pdu);
  if (value === undefined) return '';
  const type = call ? declared.procedure.argument : declared.procedure.result;
  let out = '';
  for (const part of parts) out += partText(part, value, type);
  return out.length > MAX_LINE ? `${out.slice(0, MAX_LINE)}…` : out;
}

function partText([before, path, as]: InfoPart, value: unknown, type: XdrType): string {
  const found = heldAt(value, path);
  if (found === undefined || found === null) return '';
  if (typeof as === 'object' && 'each' in as) return eachText(before, as.each, found);
  const words = as === undefined ? plainText(found, path, type) : formatted(as, found, path, type);
  return words === '' ? '' : before + words;
}

function eachText(before: string, path: string, list: unknown): string {
  let out = '';
  for (const item of Array.isArray(list) ? list : []) {
    if (out.length > MAX_LINE) break;
    out += before + nameText(valueAt(item, path));
  }
  return out;
}

function plainText(value: unknown, path: string, type: XdrType): string {
  return enumText(value, path, type) ?? nameText(value);
}

function nameText(value: unknown): string {
  return value === '' ? '<EMPTY>' : shownText(value);
}

function formatted(
  as: Exclude<InfoFormat, { readonly each: string }>,
  value: unknown,
  path: string,
  type: XdrType,
): string {
  if (as === 'handle') return value instanceof Uint8Array ? handleText(value) : '';
  if (as === 'text') return value instanceof Uint8Array ? shownText(Buffer.from(value).toString()) : '';
  if (typeof value !== 'number') return '';
  if (typeof as === 'object') {
    if ('names' in as) return Object.hasOwn(as.names, value) ? as.names[value]! : '';
    return bitsText(value, as.bits);
  }
  switch (as) {
    case 'mode':
      return (value & 0o7777).toString(8).padStart(4, '0');
    case 'signed':
      return String(value | 0);
    case 'hex':
      return hex(value);
    case 'nonzero':
      return value === 0 ? '' : String(value);
    case 'error':
      return value === 0 ? '' : (enumText(value, path, type) ?? `Unknown error: ${value >>> 0}`);
    case 'program':
      return `${findProgram(value)?.column ?? 'Unknown'}(${value})`;
    case 'ipproto':
      return IP_PROTOCOLS.get(value) ?? 'Unknown';
  }
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

function enumText(value: unknown, path: string, type: XdrType): string | undefined {
  if (typeof value !== 'number') return undefined;
  const found = typeAt(type, path);
  return found?.kind === 'enum' ? enumNames(found).get(value) : undefined;
}
