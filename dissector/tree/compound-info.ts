/**
 * The operations of a compound message in one line, as its program declares them (codec/rpc): `LOOKUP a | GETATTR`.
 * Bytes may be anything: what cannot be decoded ends the line early. Never throws.
 */
import { escapeTerminal } from '../../codec/escape/index.ts';
import { annotateArguments, annotateResult } from '../../codec/rpc/annotate-body.ts';
import { GssProcedure, locateGssBody, newGssBody } from '../../codec/rpc/auth/index.ts';
import type { Compound, DeclaredProcedure } from '../../codec/rpc/declarations.ts';
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
    return `${tagText(tag)}${names(operationsSeen(root, list), compound, false)}`;
  }
  const operations = operationsOf(typeAt(type, list), valueAt(value, list));
  const status = call ? '' : statusText(typeAt(type, compound.status), valueAt(value, compound.status));
  return `${tagText(valueAt(value, compound.tag))}${names(operations, compound, call)}${status}`;
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

function decode(type: XdrType, bytes: Uint8Array, off: number, end: number): unknown {
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
function names(operations: readonly Operation[], compound: Compound, detailed: boolean): string {
  const { weights, details } = compound;
  const weight = ({ name }: Operation) => (Object.hasOwn(weights, name) ? weights[name]! : 1);
  const least = operations.reduce((low, operation) => Math.min(low, weight(operation)), Infinity);
  const chosen = operations.filter((operation) => weight(operation) === least);
  const words = chosen.slice(0, MAX_SHOWN).map(({ name, value }) => {
    let out = shortName(name, compound);
    const known = detailed && Object.hasOwn(details, name) ? details[name]! : [];
    for (const [label, path] of known) {
      const detail = valueAt(value, path);
      if (detail !== undefined) out += ` ${label === '' ? '' : `${label} `}${shownText(detail)}`;
    }
    return out;
  });
  if (chosen.length > MAX_SHOWN) words.push('…');
  return words.length === 0 ? '' : ` ${words.join(' | ')}`;
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
