/**
 * Arguments and results of a described program, as annotated decoding finds them (codec/rpc): every value with its
 * bytes, under the names of program-fields. Partial on bad bytes: what was decoded is announced, and why it stopped
 * is returned. Never throws on any bytes.
 */
import { annotateArguments, annotateResult } from '../../codec/rpc/annotate-body.ts';
import type { CallNumbers } from '../../codec/rpc/body.ts';
import type { Declarations, DeclaredProcedure } from '../../codec/rpc/declarations.ts';
import { type AnnotatedNode, isBoxed, resolve, type XdrError, type XdrType } from '../../codec/xdr/index.ts';
import type { Pdu } from '../session/pdu.ts';
import type { FieldDef, Sink } from './field.ts';
import { GENERATED, HIDDEN } from './field.ts';
import { type ProgramFields, rootPath } from './program-fields.ts';

/** Elements shown of one array of fixed-size elements; the rest is one line of text. */
const MAX_ELEMENTS = 10_000;

export interface ProgramBody {
  readonly declared: DeclaredProcedure;
  readonly declarations: Declarations | undefined;
  readonly fields: ProgramFields;
  /** the path that a file handle in a message is known under */
  readonly handlePath: (pdu: Pdu, handle: Uint8Array) => string | null;
  readonly lookup: (program: number, version: number, procedure: number) => DeclaredProcedure | undefined;
  /** the call that a reply has the results of, where its procedure is one that makes another's calls */
  readonly innerCall: (pdu: Pdu) => CallNumbers | undefined;
}

/** How the body ended: bytes left over from `rest` on, and the error that stopped it. */
export interface BodyEnd {
  readonly rest: number;
  readonly error: XdrError | null;
}

/**
 * The fields that arguments (`call`) or results of a procedure can bring; null when that is not known, as it may be
 * another procedure's.
 */
export function bodyFields(body: ProgramBody, call: boolean): ReadonlySet<FieldDef> | null {
  const { procedure, declared, refinements } = body.declared;
  if (declared.innerCall !== undefined || refinements !== undefined) return null;
  const type = call ? procedure.argument : procedure.result;
  return body.fields.all(type, call ? 'arg1' : 'result', body.declarations);
}

/** Announces the body in [off, end) below what is open. */
export function walkProgram(body: ProgramBody, pdu: Pdu, off: number, end: number, sink: Sink): BodyEnd {
  const { declared } = body;
  const call = pdu.msgtyp === 0;
  const type = call ? declared.procedure.argument : declared.procedure.result;
  const options = { lookup: body.lookup };
  const root = call
    ? annotateArguments(declared, pdu.buf, off, end, options)
    : annotateResult(declared, pdu.buf, off, end, options, body.innerCall(pdu));
  const walk = new BodyWalk(body, pdu, sink);
  const name = rootPath(type, call ? 'arg1' : 'result');
  if (name === '') walk.children(root, '', { type: resolve(type), path: '', outer: null }, nameOf(type));
  else walk.node(root, name, name, null, '');
  const trailing = root.notes?.find((note) => note.code === 'TRAILING');
  return { rest: trailing?.offset ?? end, error: root.error ?? null };
}

function nameOf(type: XdrType): string {
  const target = resolve(type);
  return 'name' in target ? (target.name ?? '') : '';
}

/** The structs and unions around a value, innermost first, and where each was first entered. */
interface Entered {
  readonly type: XdrType;
  readonly path: string;
  readonly outer: Entered | null;
}

function firstPath(entered: Entered | null, type: XdrType): string | undefined {
  for (let at = entered; at !== null; at = at.outer) if (at.type === type) return at.path;
  return undefined;
}

class BodyWalk {
  readonly #body: ProgramBody;
  readonly #pdu: Pdu;
  readonly #sink: Sink;

  constructor(body: ProgramBody, pdu: Pdu, sink: Sink) {
    this.#body = body;
    this.#pdu = pdu;
    this.#sink = sink;
  }

  /** The parts of a struct, union, list or array. */
  children(node: AnnotatedNode, path: string, entered: Entered | null, owner: string): void {
    for (const child of node.children ?? []) {
      if (child.name.startsWith('[')) this.#element(child, path, entered);
      else this.node(child, child.name, this.#body.fields.join(path, child.name), entered, owner);
    }
    if (node.expand !== undefined) this.#elements(node, path, entered);
    if (node.more) this.#sink.text('more nodes than are shown', node.off, 0);
  }

  /** A named part: a value, or something with parts. `owner`: the struct or union that names it. */
  node(node: AnnotatedNode, name: string, path: string, entered: Entered | null, owner: string): void {
    if (resolve(node.type).kind === 'void') return;
    const sink = this.#sink;
    const def = this.#body.fields.at(path, node.type);
    if (isContainer(node)) {
      const title = sink.wantsText ? this.#title(node, name) : '';
      // an array of plain values shares its elements' field: only they are values of it
      if (def.type === 'none') sink.openField(def, null, node.off, node.len, 0, title);
      else sink.openText(title, node.off, node.len);
      this.#inside(node, path, entered);
      sink.close();
    } else this.#leaf(node, def, path, name, owner);
    this.#notes(node);
  }

  #inside(node: AnnotatedNode, path: string, entered: Entered | null): void {
    const target = targetOf(node);
    if (target.kind !== 'struct' && target.kind !== 'union') {
      this.children(node, path, entered, '');
      return;
    }
    // a type inside itself keeps the names of its first use
    const first = firstPath(entered, target);
    const here = first ?? path;
    const next = first === undefined ? { type: target, path, outer: entered } : entered;
    this.children(node, here, next, target.name ?? '');
  }

  #title(node: AnnotatedNode, name: string): string {
    return node.count === undefined
      ? name
      : `${name}: ${node.count} ${node.count === 1 ? 'element' : 'elements'}`;
  }

  /** An element of an array or list: its parts, or its value under the array's own name. */
  #element(node: AnnotatedNode, path: string, entered: Entered | null): void {
    if (!isContainer(node)) {
      const name = path.slice(path.lastIndexOf('.') + 1);
      this.#leaf(node, this.#body.fields.at(path, node.type), path, name, '');
      this.#notes(node);
      return;
    }
    this.#sink.openText(node.name, node.off, node.len);
    this.#inside(node, path, entered);
    this.#sink.close();
    this.#notes(node);
  }

  #elements(node: AnnotatedNode, path: string, entered: Entered | null): void {
    const count = Math.min(node.count ?? 0, MAX_ELEMENTS);
    for (const element of node.expand?.(0, count) ?? []) this.#element(element, path, entered);
    const more = (node.count ?? 0) - count;
    if (more > 0) this.#sink.text(`${more} more elements`, node.off, 0);
  }

  #leaf(node: AnnotatedNode, def: FieldDef, path: string, name: string, owner: string): void {
    const sink = this.#sink;
    // no value: decoding stopped before there was one
    const { value } = node;
    if (value === undefined) return;
    if (value === null) {
      // a field would be there for a filter that asks whether it is
      if (sink.wantsText) sink.text(`${name}: absent`, node.off, node.len);
      return;
    }
    if (node.refined === undefined) sink.field(def, value, node.off, node.len);
    else {
      sink.openField(def, value, node.off, node.len);
      this.#refined(node.refined, def);
      sink.close();
    }
    for (const alias of this.#body.fields.aliases(this.#body.declarations, path, node.type, owner, name)) {
      sink.field(alias, value, node.off, node.len, HIDDEN);
      this.#named(alias, value);
    }
  }

  /** The path that a file handle is known under. */
  #named(alias: FieldDef, value: unknown): void {
    const { fields, declarations, handlePath } = this.#body;
    const def = fields.handlePath(declarations, alias);
    if (def === null || !(value instanceof Uint8Array)) return;
    const path = handlePath(this.#pdu, value);
    if (path !== null) this.#sink.field(def, path, 0, 0, GENERATED);
  }

  /** What an opaque holds: its names stand below the opaque's own. */
  #refined(node: AnnotatedNode, def: FieldDef): void {
    const path = def.name.slice(def.protocol.length + 1);
    if (isContainer(node)) this.#inside(node, path, null);
    else this.node(node, 'value', this.#body.fields.join(path, 'value'), null, '');
  }

  #notes(node: AnnotatedNode): void {
    for (const note of node.notes ?? []) {
      if (note.code !== 'TRAILING')
        this.#sink.text(`note: ${note.code} at offset ${note.offset}`, node.off, 0);
    }
  }
}

function isContainer(node: AnnotatedNode): boolean {
  if (node.children !== undefined || node.expand !== undefined || node.count !== undefined) return true;
  const { kind } = targetOf(node);
  return kind === 'struct' || kind === 'union' || kind === 'array';
}

/** The type a node's value is of, behind names and present optionals; one with a box is a container of its own. */
function targetOf(node: AnnotatedNode): ReturnType<typeof resolve> {
  let at = resolve(node.type);
  while (at.kind === 'optional' && !isBoxed(at) && node.value !== null) at = resolve(at.element);
  return at;
}
