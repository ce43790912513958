/**
 * What a `.x` source describes, resolved: plain immutable data.
 */
import type { Program } from '../rpc/program.ts';
import type { XdrType } from '../xdr/types.ts';

export interface IdlModule {
  /** The source's name. */
  readonly file: string;
  /**
   * Every named type, included files' too, in order of definition. Uses of a named type are `ref`s. A name in a
   * namespace is plain (`Hash`), unless two namespaces share it; then each is whole (`a::Hash`, `b::Hash`).
   */
  readonly types: ReadonlyMap<string, XdrType>;
  /** `const` definitions and members of nameless top-level enums. A bigint only beyond 2^53. */
  readonly constants: ReadonlyMap<string, number | bigint | string>;
  readonly programs: readonly Program[];
}

/** The type that a person calls `name`: as in `types`, or with namespaces in front of a plain one. */
export function findType(module: IdlModule, name: string): XdrType | undefined {
  return module.types.get(name) ?? module.types.get(name.split('::').at(-1)!);
}
