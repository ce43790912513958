/**
 * Identifiers for a generated module: the source's own name where that is possible, and never one that means
 * something in TypeScript or in the module itself. Every other use of a name is a quoted key.
 */

/** Words of the language, and globals that generated code uses or a reader expects to mean what they always do. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'abstract any arguments as async await bigint boolean break case catch class const continue debugger declare ' +
    'default delete do else enum eval export extends false finally for from function get global globalThis if ' +
    'implements import in infer instanceof interface is keyof let module namespace never new null number object ' +
    'of package private protected public readonly require return satisfies set static string super switch symbol ' +
    'this throw true try type typeof undefined unique unknown using var void while with yield accessor asserts ' +
    'Array ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array Boolean Buffer DataView Date Error Exclude ' +
    'Extract Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array JSON Map Math NaN Number ' +
    'Object Omit Partial Pick Promise Proxy Readonly ReadonlyArray ReadonlyMap Record RangeError Reflect RegExp ' +
    'Set SharedArrayBuffer String Symbol SyntaxError TypeError Uint16Array Uint32Array Uint8Array ' +
    'Uint8ClampedArray WeakMap WeakRef WeakSet constructor prototype __proto__ exports process console'
  ).split(' '),
);

/** Names that the module gives to its own parts. */
const OWN = /^(?:(?:type|ref|call)\d+|[rw$]\d+|types|programs|constants|codecs|codecOf)$/;

export class Identifiers {
  readonly #taken: Set<string>;

  /** `taken`: further names of the module, such as its imports. */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** `name` itself, or with `_` behind it as often as it takes. */
  claim(name: string): string {
    let identifier = name.replace(/[^A-Za-z0-9_]/g, '_');
    while (RESERVED.has(identifier) || OWN.test(identifier) || this.#taken.has(identifier)) identifier += '_';
    this.#taken.add(identifier);
    return identifier;
  }
}
