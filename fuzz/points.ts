/**
 * Where in the arguments of a call there is something to mutate: the annotated decode of a value, flattened to the
 * words and runs of bytes that mean something. Pure. What is given must be a value's own encoding: the map is made of
 * a decode that succeeded, and a TypeError says otherwise.
 */
import {
  type AnnotatedNode,
  annotate,
  type EnumType,
  type FloatType,
  type IntegerType,
  isBoxed,
  isListIdiom,
  minSize,
  type OptionalType,
  resolve,
  type UnionType,
  type XdrType,
} from '../codec/xdr/index.ts';

/** A length word, with `length` bytes and their padding behind it. `limit`: as declared. */
export interface LengthPoint {
  readonly kind: 'opaque' | 'string';
  readonly length: number;
  readonly limit: number | undefined;
}

/** A count of elements; `element`: the bytes of the first, where there is one. */
export interface CountPoint {
  readonly kind: 'count';
  readonly count: number;
  readonly limit: number | undefined;
  readonly elementSize: number;
  readonly element: { readonly off: number; readonly len: number } | null;
}

/** `off` is where padding begins, `len` of it. */
export interface PaddingPoint {
  readonly kind: 'padding';
}

/** The flag of an optional; of a linked list, the one that ends it, with the bytes of its last item. */
export interface FlagPoint {
  readonly kind: 'flag';
  readonly list: boolean;
  readonly item: { readonly off: number; readonly len: number } | null;
}

export interface ScalarPoint {
  readonly kind: 'bool' | 'integer' | 'enum' | 'float' | 'union';
  readonly type: XdrType | IntegerType | EnumType | FloatType | UnionType;
}

/** One place in a message: `off` and `len` say which bytes, `path` which part of the value. */
export type Point = { readonly path: string; readonly off: number; readonly len: number } & (
  | LengthPoint
  | CountPoint
  | PaddingPoint
  | FlagPoint
  | ScalarPoint
);

/** A value's bytes that are wholly of one type, as declared: what cross-over may exchange. */
export interface Part {
  readonly path: string;
  readonly type: XdrType;
  readonly off: number;
  readonly len: number;
}

export interface PointMap {
  readonly points: readonly Point[];
  readonly parts: readonly Part[];
}

/** Elements of an array that are looked into; the others are alike. */
const ELEMENTS = 4;

/** The points of the value of `type` in bytes[off, end), in wire order. */
export function pointsOf(type: XdrType, bytes: Uint8Array, off = 0, end: number = bytes.length): PointMap {
  const root = annotate(type, bytes, off, end, { lenient: false });
  if (root.error !== undefined) throw new TypeError(`no value to map: ${root.error.message}`);
  const finder = new Finder();
  finder.visit(root, root.type, root.off, root.len, '');
  return finder;
}

class Finder implements PointMap {
  readonly points: Point[] = [];
  readonly parts: Part[] = [];

  visit(node: AnnotatedNode, declared: XdrType, off: number, len: number, path: string): void {
    const type = resolve(declared);
    this.parts.push({ path, type: declared, off, len });
    switch (type.kind) {
      case 'void':
        return;
      case 'bool':
      case 'integer':
      case 'enum':
      case 'float':
        this.points.push({ kind: type.kind, path, off, len, type });
        return;
      case 'opaque':
      case 'string':
        this.#bytes(node, type.kind, type.kind === 'opaque' && type.fixed, type.size, off, len, path);
        return;
      case 'array':
        if (!type.fixed) this.#count(node, minSize(type.element), type.size, off, path);
        this.#children(elementsOf(node), path);
        return;
      case 'struct':
        this.#children(node.children ?? [], path);
        return;
      case 'union':
        this.#union(node, type, path);
        return;
      case 'optional':
        this.#optional(node, type, off, len, path);
    }
  }

  #children(nodes: readonly AnnotatedNode[], path: string): void {
    for (const node of nodes) this.visit(node, node.type, node.off, node.len, join(path, node.name));
  }

  #bytes(
    node: AnnotatedNode,
    kind: 'opaque' | 'string',
    fixed: boolean,
    limit: number | undefined,
    off: number,
    len: number,
    path: string,
  ): void {
    const head = fixed ? 0 : 4;
    const length = fixed ? (limit ?? 0) : lengthOf(node, kind);
    if (!fixed) this.points.push({ kind, path, off, len, length, limit });
    const padding = len - head - length;
    if (padding > 0) this.points.push({ kind: 'padding', path, off: off + len - padding, len: padding });
  }

  #count(
    node: AnnotatedNode,
    elementSize: number,
    limit: number | undefined,
    off: number,
    path: string,
  ): void {
    const [first] = elementsOf(node);
    const element = first === undefined ? null : { off: first.off, len: first.len };
    const count = node.count ?? 0;
    this.points.push({ kind: 'count', path, off, len: 4, count, limit, elementSize, element });
  }

  #union(node: AnnotatedNode, type: UnionType, path: string): void {
    const [discriminant, arm] = node.children ?? [];
    if (discriminant === undefined) return;
    const at = join(path, discriminant.name);
    this.points.push({ kind: 'union', path: at, off: discriminant.off, len: discriminant.len, type });
    if (arm !== undefined) this.#children([arm], path);
  }

  #optional(node: AnnotatedNode, type: OptionalType, off: number, len: number, path: string): void {
    if (isListIdiom(type)) {
      const items = node.children ?? [];
      const last = items.at(-1);
      const item = last === undefined ? null : { off: last.off, len: last.len };
      this.points.push({ kind: 'flag', path, off: off + len - 4, len: 4, list: true, item });
      this.#children(items.slice(0, ELEMENTS), path);
      return;
    }
    this.points.push({ kind: 'flag', path, off, len: 4, list: false, item: null });
    if (len === 4) return;
    // The node of a present optional is its element's too: what is below it begins behind the flag.
    if (isBoxed(type)) this.#children(node.children ?? [], path);
    else this.visit(node, type.element, off + 4, len - 4, path);
  }
}

/** Bytes of an opaque or string, without padding. */
function lengthOf(node: AnnotatedNode, kind: 'opaque' | 'string'): number {
  const { value } = node;
  if (kind === 'opaque' && value instanceof Uint8Array) return value.length;
  if (kind === 'string' && typeof value === 'string') return textBytes(value);
  throw new TypeError(`no bytes in the node ${node.name}`);
}

/** How many bytes a decoded string stands for: a lone surrogate U+DC80 to U+DCFF is one byte that was not UTF-8. */
function textBytes(text: string): number {
  let length = 0;
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (code >= 0xdc80 && code <= 0xdcff) length += 1;
    else length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}

function elementsOf(node: AnnotatedNode): readonly AnnotatedNode[] {
  return node.children?.slice(0, ELEMENTS) ?? node.expand?.(0, ELEMENTS) ?? [];
}

function join(path: string, name: string): string {
  return path === '' || name.startsWith('[') ? `${path}${name}` : `${path}.${name}`;
}
