/**
 * The syntax tree of a `.x` source, before names and sizes are resolved.
 */
import type { XdrType } from '../xdr/types.ts';
import type { Expression } from './expression.ts';
import type { Token } from './lexer.ts';

/** A type as written. A size is absent in `<>`. */
export type TypeNode =
  | { readonly kind: 'built-in'; readonly type: XdrType }
  | { readonly kind: 'name'; readonly token: Token; readonly path: readonly string[] }
  | { readonly kind: 'enum'; readonly members: readonly MemberNode[] }
  | { readonly kind: 'struct'; readonly fields: readonly DeclarationNode[] }
  | UnionNode
  | { readonly kind: 'string'; readonly size: Expression | undefined }
  | { readonly kind: 'opaque'; readonly fixed: boolean; readonly size: Expression | undefined }
  | {
      readonly kind: 'array';
      readonly fixed: boolean;
      readonly size: Expression | undefined;
      readonly element: TypeNode;
    }
  | { readonly kind: 'optional'; readonly element: TypeNode };

export interface MemberNode {
  readonly name: Token;
  readonly value: Expression | undefined;
}

/** A field, an arm's member, an argument: `name` is absent where the source gives none. */
export interface DeclarationNode {
  readonly name: Token | undefined;
  readonly type: TypeNode;
  /** Where the declaration starts. */
  readonly at: Token;
}

export interface UnionNode {
  readonly kind: 'union';
  readonly discriminant: DeclarationNode;
  readonly arms: readonly { readonly cases: readonly Expression[]; readonly member: DeclarationNode }[];
  readonly default: DeclarationNode | undefined;
}

export interface ProcedureNode {
  readonly name: Token;
  readonly number: Expression;
  readonly result: TypeNode;
  readonly args: readonly DeclarationNode[];
}

export interface VersionNode {
  readonly name: Token;
  readonly number: Expression;
  readonly procedures: readonly ProcedureNode[];
}

/** A definition; `scope` is the namespaces around it; `text` its tokens, to compare repeated definitions. */
export type DefinitionNode = {
  readonly name: Token;
  readonly scope: readonly string[];
  readonly text: string;
} & (
  | { readonly kind: 'type'; readonly type: TypeNode }
  | { readonly kind: 'constant'; readonly value: Expression | string }
  | { readonly kind: 'program'; readonly number: Expression; readonly versions: readonly VersionNode[] }
);
