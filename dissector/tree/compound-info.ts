/**
 * The operations of a compound message in one line, as its program declares them (codec/rpc): `LOOKUP a | GETATTR`.
 * Bytes may be anything: what cannot be decoded ends the line early. Never throws.
 */
import { crc32 } from 'node:zlib';
import { escapeTerminal } from '../../codec/escape/index.ts';
import { annotateArguments, annotateResult } from '../../codec/rpc/annotate-body.ts';
import { GssProcedure, locateGssBody, newGssBody } from '../../codec/rpc/auth/index.ts';
import type { Compound, DeclaredProcedure, Detail, DetailFormat } from '../../codec/rpc/declarations.ts';
import { HeaderStatus, newHeader, parseHeader } from '../../codec/rpc/message.ts';
import {
  type AnnotatedNode,
  armKey,
  armOf,
  codecOf,
  enumNames,
  isXdrError,
  listIdiom,
  type Refinements,
  refinedType,
  resolve,
  type UnionType,
  type XdrType,
} from '../../codec/xdr/index.ts';
import type { Pdu } from '../session/pdu.ts';

const CALL = 0;
const RPCSEC_GSS = 6;
/** Operations shown of one message, and characters of one text: a line has its limits. */
const MAX_SHOWN = 32;
const MAX_TEXT = 255;
/** a lock of this length goes to the end of the file (RFC 7530 section 16.10) */
const MAX_LENGTH = 0xffff_ffff_ffff_ffffn;

export interface Operation {
  readonly number: number;
  readonly name: string;
  /** what is behind the discriminant, where it was decoded */
  readonly value: unknown;
}

/** ` tag LOOKUP a | GETATTR`, ` OPEN Status: NFS4ERR_NOENT`; '' where nothing can be said. */
export function compoundInfo(declared: DeclaredProcedure, compound: Compound, pdu: Pdu): string {
  const body = bodyOf(pdu);
  if (body === null) return '';
  const call = pdu.msgtyp === CALL;
  const list = call ? compound.calls : compound.results;
  const type = call ? declared.procedure.argument : declared.procedure.result;
  const value = decode(type, pdu.buf, body.off, body.end);
  if (value === undefined) {
    const annotateBody = call ? annotateArguments : annotateResult;
    const root = annotateBody(declared, pdu.buf, body.off, body.end);
    const tag = root.children?.find((child) => child.name === compound.tag)?.value;
    return `${tagText(tag)}${names(operationsSeen(root, list), compound, {})}`;
  }
  const operations = operationsOf(typeAt(type, list), valueAt(value, list));
  const status = call ? '' : statusText(typeAt(type, compound.status), valueAt(value, compound.status));
  return `${tagText(valueAt(value, compound.tag))}${names(operations, compound, call ? compound.details : compound.resultDetails)}${status}`;
}

/** The operations of a message in order, their names without the declared prefix; those that could be decoded. */
export function compoundOperations(
  declared: DeclaredProcedure,
  compound: Compound,
  pdu: Pdu,
): readonly Operation[] {
  const operations = operationsIn(declared, compound, pdu);
  return operations.map((operation) => ({ ...operation, name: shortName(operation.name, compound) }));
}

/** The same with their whole names. */
export function operationsIn(
  declared: DeclaredProcedure,
  compound: Compound,
  pdu: Pdu,
): readonly Operation[] {
  const body = bodyOf(pdu);
  if (body === null) return [];
  const call = pdu.msgtyp === CALL;
  const list = call ? compound.calls : compound.results;
  const type = call ? declared.procedure.argument : declared.procedure.result;
  const value = decode(type, pdu.buf, body.off, body.end);
  if (value !== undefined) return operationsOf(typeAt(type, list), valueAt(value, list));
  const annotateBody = call ? annotateArguments : annotateResult;
  return operationsSeen(annotateBody(declared, pdu.buf, body.off, body.end), list);
}

function shortName(name: string, { prefix }: Compound): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/** Where arguments or results are; null where there are none, or none in the clear. */
function bodyOf(pdu: Pdu): { readonly off: number; readonly end: number } | null {
  const header = newHeader();
  const end = pdu.off + pdu.len;
  const { view, call } = pdu;
  if (parseHeader(view, pdu.off, end, header, pdu.len) !== HeaderStatus.COMPLETE) return null;
  if (header.msgType !== CALL && header.acceptStat !== 0) return null;
  if (call === null || call.flavor !== RPCSEC_GSS) return { off: header.bodyOff, end };
  if (call.gssProcedure !== GssProcedure.DATA) return null;
  const gss = locateGssBody(view, header.bodyOff, end, call.gssService, newGssBody());
  return gss.argsOff < 0 ? null : { off: gss.argsOff, end: gss.argsEnd };
}

/** The value at `off`, undefined where the bytes hold none. */
export function decode(type: XdrType, bytes: Uint8Array, off: number, end: number): unknown {
  try {
    return codecOf(type, { lenient: true, bytes: 'view' }).decodeAt(bytes, off, end).value;
  } catch (e) {
    if (!isXdrError(e)) throw e;
    return undefined; // what was decoded up to there is found by annotating
  }
}

/** The arguments of a call or the results of a successful reply; undefined where they cannot be had. */
export function decodedBody({ procedure }: DeclaredProcedure, pdu: Pdu): unknown {
  const body = bodyOf(pdu);
  if (body === null) return undefined;
  const type = pdu.msgtyp === CALL ? procedure.argument : procedure.result;
  return decode(type, pdu.buf, body.off, body.end);
}

/** The value at a path of names, undefined where there is none. */
export function valueAt(value: unknown, path: string): unknown {
  let part = value;
  for (const name of path.split('.')) {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, name)) return undefined;
    part = (part as Record<string, unknown>)[name];
  }
  return part;
}

/** The same, where '' is the value itself, and parts may be in opaques that are declared to hold something. */
export function heldAt(value: unknown, path: string, refinements?: Refinements): unknown {
  let holder: unknown;
  let field = '';
  let part = value;
  for (const name of path === '' ? [] : path.split('.')) {
    if (part instanceof Uint8Array) part = held(holder, field, part, refinements);
    holder = part;
    field = name;
    part = valueAt(part, name);
  }
  return part;
}

/** What the bytes in a struct's field hold; whoever asks knows that some refinement of that name is declared. */
function held(
  holder: unknown,
  field: string,
  bytes: Uint8Array,
  refinements: Refinements | undefined,
): unknown {
  for (const refinement of [...(refinements?.values() ?? [])].flat()) {
    const type = refinement.field === field ? refinedType(refinement, holder as object) : undefined;
    if (type !== undefined) return decode(type, bytes, 0, bytes.length);
  }
  return undefined;
}

/** The type of the part at a path of names. */
export function typeAt(type: XdrType, path: string): ReturnType<typeof resolve> | undefined {
  let at: ReturnType<typeof resolve> | undefined = resolve(type);
  for (const name of path === '' ? [] : path.split('.')) {
    at = at && partType(at, name);
  }
  return at;
}

function partType(type: ReturnType<typeof resolve>, name: string): ReturnType<typeof resolve> | undefined {
  let of: XdrType | undefined;
  if (type.kind === 'struct') of = type.fields.find((field) => field.name === name)?.type;
  else if (type.kind === 'union') {
    const arms = [type.discriminant, ...type.arms, ...(type.default === undefined ? [] : [type.default])];
    of = arms.find((arm) => arm.name === name)?.type;
  } else if (type.kind === 'optional') {
    const element = resolve(listIdiom(type)?.items ?? type.element);
    return partType(element, name);
  }
  return of === undefined ? undefined : resolve(of);
}

/** The type of operations, from that of their array. */
function operationType(list: XdrType | undefined): UnionType | undefined {
  const array = list && resolve(list);
  const element = array?.kind === 'array' ? resolve(array.element) : undefined;
  return element?.kind === 'union' ? element : undefined;
}

function operationName(type: UnionType, number: unknown): string {
  const discriminant = resolve(type.discriminant.type);
  const name = discriminant.kind === 'enum' ? enumNames(discriminant).get(number as number) : undefined;
  return name ?? String(number);
}

function operationsOf(list: XdrType | undefined, values: unknown): Operation[] {
  const type = operationType(list);
  if (type === undefined || !Array.isArray(values)) return [];
  return values.map((value) => {
    const number = valueAt(value, type.discriminant.name) as number;
    const arm = armOf(type, number);
    return { number, name: operationName(type, number), value: arm && valueAt(value, armKey(type, arm)) };
  });
}

/** The operations of a message that could not be decoded to its end. */
function operationsSeen(root: AnnotatedNode, list: string): Operation[] {
  const array = root.children?.find((child) => child.name === list);
  const type = operationType(array?.type);
  const numbers = (array?.children ?? []).map((operation) => operation.children?.[0]?.value);
  if (type === undefined) return [];
  return numbers
    .filter((number) => number !== undefined)
    .map((number) => ({ number: number as number, name: operationName(type, number), value: undefined }));
}

/** Only what weighs least is shown: the rest is there for its sake. */
function names(operations: readonly Operation[], compound: Compound, details: Compound['details']): string {
  const { weights } = compound;
  const weight = ({ name }: Operation) => (Object.hasOwn(weights, name) ? weights[name]! : 1);
  const least = operations.reduce((low, operation) => Math.min(low, weight(operation)), Infinity);
  const words: string[] = [];
  let more = false;
  let current: Uint8Array | null = null;
  for (const operation of operations) {
    if (weight(operation) === least) {
      if (words.length >= MAX_SHOWN) {
        more = true;
        break;
      }
      const { name, value } = operation;
      const known = Object.hasOwn(details, name) ? details[name]! : [];
      words.push(shortName(name, compound) + detailsText(known, value, current));
    }
    current = handleAfter(operation, compound, current);
  }
  if (more) words.push('…');
  return words.length === 0 ? '' : ` ${words.join(' | ')}`;
}

/** The current handle after an operation, null where its bytes are not in the message. */
function handleAfter(
  { name, value }: Operation,
  { names = {} }: Compound,
  current: Uint8Array | null,
): Uint8Array | null {
  const naming = Object.hasOwn(names, name) ? names[name] : undefined;
  if (naming === undefined) return current;
  if (naming.argument !== undefined) {
    const handle = valueAt(value, naming.argument);
    return handle instanceof Uint8Array ? handle : null;
  }
  const moves = naming.name !== undefined && naming.removes === undefined && naming.to === undefined;
  return moves || naming.becomes !== undefined ? null : current;
}

function detailsText(details: readonly Detail[], value: unknown, current: Uint8Array | null): string {
  let out = '';
  let slash = false;
  for (const [label, path, as] of details) {
    if (as === 'directory') {
      if (current !== null) out += ` ${label} ${handleText(current)}`;
      slash = current !== null;
      continue;
    }
    if (as === 'known' && current === null) continue;
    const named = as === 'current' || as === 'known';
    const detail = named ? handleText(current) : detailText(valueAt(value, path), as);
    if (detail === undefined) continue;
    const before = label === '' ? '' : `${label}${typeof as === 'object' ? '' : ' '}`;
    // what closes a bracket goes on where the last ended
    out += `${slash ? '/' : label.startsWith(',') ? '' : ' '}${before}${detail}`;
    slash = false;
  }
  return out;
}

function detailText(
  value: unknown,
  as: Exclude<DetailFormat, 'current' | 'known' | 'directory'> | undefined,
) {
  if (value === undefined) return undefined;
  if (typeof as === 'object') return typeof value === 'number' ? bitsText(value, as.bits) : undefined;
  switch (as) {
    case 'state':
      return stateText(value);
    case 'length':
      return value === MAX_LENGTH ? '<End of File>' : shownText(value);
    case 'size':
      return value instanceof Uint8Array ? String(value.length) : undefined;
    case 'hex':
      return typeof value === 'bigint' ? `0x${value.toString(16).padStart(16, '0')}` : undefined;
    case undefined:
      return shownText(value);
  }
}

/** The words of the bits that are set, and the bracket that was opened before them. */
export function bitsText(value: number, bits: readonly (readonly [mask: number, word: string])[]): string {
  return `${bits.map(([mask, word]) => ((value & mask) === 0 ? '' : ` ${word}`)).join('')}]`;
}

/** A file handle as Wireshark prints it: its CRC-32. */
export function handleText(handle: Uint8Array | null): string {
  return `0x${(handle === null ? 0 : crc32(handle)).toString(16).padStart(8, '0')}`;
}

/** A state's ID as Wireshark prints it: the CRC-16/X-25 of its 16 bytes. */
function stateText(state: unknown): string | undefined {
  const [seqid, other] = [valueAt(state, 'seqid'), valueAt(state, 'other')];
  if (typeof seqid !== 'number' || !(other instanceof Uint8Array)) return undefined;
  let crc = 0xffff;
  for (const byte of [seqid >>> 24, (seqid >>> 16) & 0xff, (seqid >>> 8) & 0xff, seqid & 0xff, ...other]) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0x8408;
  }
  return `0x${(crc ^ 0xffff).toString(16).padStart(4, '0')}`;
}

function statusText(type: XdrType | undefined, status: unknown): string {
  if (type === undefined || status === 0) return '';
  const target = resolve(type);
  const name = target.kind === 'enum' ? enumNames(target).get(status as number) : undefined;
  return ` Status: ${name ?? String(status)}`;
}

function tagText(tag: unknown): string {
  return typeof tag === 'string' && tag !== '' ? ` ${shownText(tag)}` : '';
}

/** A value in a line: bounded, and harmless to a terminal. */
export function shownText(value: unknown): string {
  const whole = String(value);
  return escapeTerminal(whole.length > MAX_TEXT ? `${whole.slice(0, MAX_TEXT)}…` : whole);
}
