/**
 * The field tree of arguments and results by procedure: as `decodeArguments` and `decodeResult`, but with byte
 * ranges, lenient, and partial where bytes are bad. Bad bytes never throw. A result that repeats is the tree of a
 * fixed array; the bytes of an inner call carry their tree as `refined`.
 */
import {
  type AnnotatedNode,
  type AnnotateOptions,
  type ArrayType,
  annotate,
  codecOf,
  DEFAULT_LIMITS,
  isXdrError,
} from '../xdr/index.ts';
import { type BodyOptions, type CallNumbers, innerNumbers, lastOf, MAX_INNER_CALLS } from './body.ts';
import type { DeclaredProcedure, Repetition } from './declarations.ts';

export interface AnnotateBodyOptions extends AnnotateOptions {
  readonly lookup?: BodyOptions['lookup'];
}

/** The tree of the arguments in bytes[off, end). */
export function annotateArguments(
  declared: DeclaredProcedure,
  bytes: Uint8Array,
  off: number,
  end: number,
  options: AnnotateBodyOptions = {},
): AnnotatedNode {
  return annotateCallBody(declared, bytes, off, end, options, 0);
}

/** The tree of the results in bytes[off, end). `inner`: as for `decodeResult`. */
export function annotateResult(
  declared: DeclaredProcedure,
  bytes: Uint8Array,
  off: number,
  end: number,
  options: AnnotateBodyOptions = {},
  inner?: CallNumbers,
): AnnotatedNode {
  const { procedure, declared: facts } = declared;
  const type =
    facts.repeats === undefined
      ? procedure.result
      : repeatedType(declared, facts.repeats, bytes, off, end, options);
  const root = annotate(type, bytes, off, end, refining(declared, options));
  const target = inner && options.lookup?.(inner.program, inner.version, inner.procedure);
  if (facts.innerCall === undefined || target === undefined) return root;
  return withRefined(root, facts.innerCall.results, (from, to) =>
    annotateResult(target, bytes, from, to, options),
  );
}

function annotateCallBody(
  declared: DeclaredProcedure,
  bytes: Uint8Array,
  off: number,
  end: number,
  options: AnnotateBodyOptions,
  depth: number,
): AnnotatedNode {
  const root = annotate(declared.procedure.argument, bytes, off, end, refining(declared, options));
  const { innerCall } = declared.declared;
  if (innerCall === undefined || depth === MAX_INNER_CALLS) return root;
  const numbers = innerNumbers(
    innerCall,
    Object.fromEntries((root.children ?? []).map((n) => [n.name, n.value])),
  );
  const target = numbers && options.lookup?.(numbers.program, numbers.version, numbers.procedure);
  if (target === undefined) return root;
  return withRefined(root, innerCall.arguments, (from, to) =>
    annotateCallBody(target, bytes, from, to, options, depth + 1),
  );
}

function refining(declared: DeclaredProcedure, options: AnnotateBodyOptions): AnnotateOptions {
  return declared.refinements === undefined ? options : { ...options, refinements: declared.refinements };
}

/** The tree with what the opaque child `name` holds; as it is when there is no such whole opaque. */
function withRefined(
  root: AnnotatedNode,
  name: string,
  tree: (from: number, to: number) => AnnotatedNode,
): AnnotatedNode {
  const children = (root.children ?? []).map((child) => {
    if (child.name !== name || !(child.value instanceof Uint8Array)) return child;
    const from = child.off + 4;
    return { ...child, refined: tree(from, from + child.value.length) };
  });
  return { ...root, children };
}

/**
 * A fixed array of as many elements as there are, with the one that is bad, if one is: on the wire they are the
 * same.
 */
function repeatedType(
  declared: DeclaredProcedure,
  repeats: Repetition,
  bytes: Uint8Array,
  off: number,
  end: number,
  options: AnnotateOptions,
): ArrayType {
  const { limits, lenient = true } = options;
  const codec = codecOf(declared.procedure.result, { lenient, bytes: 'view', ...(limits && { limits }) });
  const isLast = lastOf(declared, repeats);
  const most = limits?.list ?? DEFAULT_LIMITS.list;
  let size = 0;
  for (let at = off; size < most; ) {
    size++;
    try {
      const { value, consumed } = codec.decodeAt(bytes, at, end);
      if (isLast(value)) break;
      at += consumed;
    } catch (e) {
      if (!isXdrError(e)) throw e;
      break; // annotating the bad element says what is wrong with it
    }
  }
  return { kind: 'array', fixed: true, size, element: declared.procedure.result };
}
