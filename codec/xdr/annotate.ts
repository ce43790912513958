/**
 * Decoding into a tree that says which bytes are what: for the dissector, the hex pane and the fuzzer. Lenient, and
 * partial on error: the tree up to the failure, the failing node with its XdrError. Bad bytes never throw; a bad
 * description does (TypeError). Work is bounded as the walker's is, and the number of nodes by a budget.
 */
import { XdrError } from './errors.ts';
import type { CodecOptions, LenientNote } from './limits.ts';
import type { PathKey } from './path.ts';
import { type Refinements, refinedType } from './refine.ts';
import { fixedSize, isBoxed, resolve, wholeStruct } from './shape.ts';
import type { XdrType } from './types.ts';
import { type Tracer, traceDecode } from './walk-decode.ts';

/** What a leaf holds: its value as decoded, with null for an absent optional. */
export type LeafValue = number | bigint | boolean | string | Uint8Array | null;

/** A part of a message: `len` bytes from `off`, with its length word, flag and padding. */
export interface AnnotatedNode {
  /** field or arm name, `[3]` for an element, the type's name (or '') for the root */
  readonly name: string;
  /** as declared: refs are not followed */
  readonly type: XdrType;
  readonly off: number;
  readonly len: number;
  /** for leaves */
  readonly value?: LeafValue;
  /** for structs, unions, lists, and arrays of elements that vary in size */
  readonly children?: readonly AnnotatedNode[];
  /** elements of an array */
  readonly count?: number;
  /** the nodes of elements [from, to) of an array of fixed-size elements, which is one node until asked */
  readonly expand?: (from?: number, to?: number) => readonly AnnotatedNode[];
  /** what the bytes of an opaque hold, where a refinement says so */
  readonly refined?: AnnotatedNode;
  /** what only lenient decoding accepts, here (not in children) */
  readonly notes?: readonly LenientNote[];
  /** why decoding stopped: on the node where it did, and on the root */
  readonly error?: XdrError;
  /** the node budget was spent: there are more children than are shown */
  readonly more?: true;
}

/** Options of {@link annotate}. */
export interface AnnotateOptions extends CodecOptions {
  /** most nodes to make (default 100,000) */
  readonly nodes?: number;
  readonly refinements?: Refinements;
}

type Draft = { -readonly [K in keyof Omit<AnnotatedNode, 'children' | 'notes'>]: AnnotatedNode[K] } & {
  children?: Draft[];
  notes?: LenientNote[];
};

/** Nodes left to make, shared with what is annotated inside. */
interface Budget {
  left: number;
}

const NODES = 100_000;
const MAX_REFINED = 4;

/**
 * The tree of the value at `off`. Decodes leniently unless `lenient` is false; bytes after the value are a TRAILING
 * note on the root unless trailing bytes are allowed.
 */
export function annotate(
  type: XdrType,
  bytes: Uint8Array,
  off = 0,
  end: number = bytes.length,
  options: AnnotateOptions = {},
): AnnotatedNode {
  if (!(off >= 0 && off <= end && end <= bytes.length)) throw new RangeError('no such range of bytes');
  const budget = { left: options.nodes ?? NODES };
  return annotateAt(nameOf(type), type, bytes, off, end, options, budget, 0);
}

function nameOf(type: XdrType): string {
  return 'name' in type ? (type.name ?? '') : '';
}

function annotateAt(
  name: string,
  type: XdrType,
  bytes: Uint8Array,
  off: number,
  end: number,
  options: AnnotateOptions,
  budget: Budget,
  refined: number,
): Draft {
  const grower = new Grower(name, type, bytes, off, options, budget, refined);
  const walked: CodecOptions = {
    ...options,
    lenient: options.lenient ?? true,
    bytes: 'view',
    onNote: (note) => {
      grower.note(note);
      options.onNote?.(note);
    },
  };
  const { value, consumed, error } = traceDecode(type, bytes, off, end, walked, grower);
  if (error !== undefined) grower.fail(error, off + consumed, end);
  else grower.finish(off + consumed, value);
  const { root } = grower;
  if (error === undefined && off + consumed < end && !options.allowTrailing) {
    if (options.lenient ?? true) walked.onNote?.({ code: 'TRAILING', offset: off + consumed, path: '' });
    else root.error = new XdrError('TRAILING', 'bytes after the value', off + consumed, '');
  }
  return root;
}

/** Grows the tree while the walker walks. */
class Grower implements Tracer {
  readonly root: Draft;
  readonly #bytes: Uint8Array;
  readonly #options: AnnotateOptions;
  readonly #budget: Budget;
  readonly #refined: number;
  readonly #open: Draft[];
  /** parts entered that have no node of their own: inside an array shown as one, or beyond the budget */
  #hidden = 0;

  constructor(
    name: string,
    type: XdrType,
    bytes: Uint8Array,
    off: number,
    options: AnnotateOptions,
    budget: Budget,
    refined: number,
  ) {
    this.root = { name, type, off, len: 0 };
    this.#bytes = bytes;
    this.#options = options;
    this.#budget = budget;
    this.#refined = refined;
    this.#open = [this.root];
    budget.left--;
  }

  get #top(): Draft {
    return this.#open.at(-1) as Draft;
  }

  enter(key: PathKey, type: XdrType, off: number): void {
    const parent = this.#top;
    if (this.#hidden > 0 || parent.expand !== undefined) {
      this.#hidden++;
      return;
    }
    if (this.#budget.left <= 0) {
      parent.more = true;
      this.#hidden++;
      return;
    }
    this.#budget.left--;
    const node: Draft = { name: typeof key === 'number' ? `[${key}]` : key, type, off, len: 0 };
    parent.children ??= [];
    parent.children.push(node);
    this.#open.push(node);
  }

  elements(element: XdrType, count: number, off: number): void {
    if (this.#hidden > 0) return;
    const node = this.#top;
    node.count = count;
    const size = fixedSize(element);
    if (size === undefined) return;
    const bytes = this.#bytes;
    const options = this.#options;
    const refined = this.#refined;
    node.expand = (from = 0, to = count): readonly AnnotatedNode[] => {
      const budget = { left: options.nodes ?? NODES };
      const nodes: AnnotatedNode[] = [];
      for (let i = Math.max(0, from); i < Math.min(to, count) && budget.left > 0; i++) {
        const at = off + i * size;
        const { onNote: _, ...quiet } = options;
        nodes.push(annotateAt(`[${i}]`, element, bytes, at, at + size, quiet, budget, refined));
      }
      return nodes;
    };
  }

  leave(end: number, value: unknown): void {
    if (this.#hidden > 0) {
      this.#hidden--;
      return;
    }
    const node = this.#open.pop() as Draft;
    this.#close(node, end, value);
  }

  /** The root has no `leave`; this and {@link fail} end it. */
  finish(end: number, value: unknown): void {
    this.#close(this.root, end, value);
  }

  #close(node: Draft, end: number, value: unknown): void {
    node.len = end - node.off;
    if (value === undefined) return;
    if (isLeaf(value)) {
      if (node.children === undefined && node.count === undefined) node.value = value;
      return;
    }
    if (Array.isArray(value)) node.count = value.length;
    else this.#refine(node, value);
  }

  #refine(node: Draft, value: unknown): void {
    const type = resolveValueType(node.type);
    const refinements = this.#options.refinements?.get(wholeStruct(type));
    if (refinements === undefined || this.#refined >= MAX_REFINED) return;
    for (const refinement of refinements) {
      const held = childAt(node, refinement.field);
      if (held === undefined || !(held.value instanceof Uint8Array)) continue;
      const inner = refinedType(refinement, value as object);
      if (inner === undefined) continue;
      const { length, byteOffset } = held.value;
      const start = length === 0 ? held.off + held.len : byteOffset - this.#bytes.byteOffset;
      const end = start + length;
      const name = nameOf(inner);
      const { onNote: _, ...quiet } = this.#options;
      held.refined = annotateAt(name, inner, this.#bytes, start, end, quiet, this.#budget, this.#refined + 1);
    }
  }

  note(note: LenientNote): void {
    if (this.#budget.left <= 0) return;
    this.#budget.left--;
    const node = this.#top;
    node.notes ??= [];
    node.notes.push(note);
  }

  /** Close what is open at the place where decoding stopped. */
  fail(error: XdrError, position: number, end: number): void {
    const stop = error.code === 'TRUNCATED' ? end : Math.max(position, error.offset);
    this.#top.error = error;
    this.root.error = error;
    for (const node of this.#open) node.len = stop - node.off;
  }
}

/** The node at a path of names below a node. */
function childAt(node: Draft, path: string): Draft | undefined {
  let at: Draft | undefined = node;
  for (const name of path.split('.')) at = at?.children?.find((child) => child.name === name);
  return at;
}

function isLeaf(value: unknown): value is LeafValue {
  return value === null || typeof value !== 'object' || value instanceof Uint8Array;
}

/** The struct that a node's value is of: through refs and a present optional. A boxed one's value is its box. */
function resolveValueType(type: XdrType): XdrType {
  const at = resolve(type);
  return at.kind === 'optional' && !isBoxed(at) ? resolve(at.element) : at;
}
