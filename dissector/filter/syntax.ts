/** The syntax tree of a display filter. Columns are of the expression's text. */

interface Place {
  readonly at: number;
  readonly end: number;
}

export type Relation = '==' | '!=' | '===' | '!==' | '>' | '>=' | '<' | '<=';

/** [start, start + length), to the end when length is null; a negative start counts from the end. */
export interface Range {
  readonly start: number;
  readonly length: number | null;
}

/** Something with values. */
export type Entity = Place &
  (
    | { readonly kind: 'word'; readonly text: string }
    | { readonly kind: 'string'; readonly value: string; readonly raw: boolean }
    | { readonly kind: 'char'; readonly code: number }
    | { readonly kind: 'slice'; readonly of: Entity; readonly ranges: readonly Range[] }
    | { readonly kind: 'layer'; readonly of: Entity; readonly ranges: readonly Range[] }
    | { readonly kind: 'call'; readonly name: string; readonly args: readonly Entity[] }
    | { readonly kind: 'arithmetic'; readonly op: Arithmetic; readonly left: Entity; readonly right: Entity }
    | { readonly kind: 'minus'; readonly of: Entity }
  );

export type Arithmetic = '+' | '-' | '*' | '/' | '%' | '&';

/** Something that holds or not. */
export type Test =
  | { readonly kind: 'and' | 'or'; readonly left: Test; readonly right: Test }
  | { readonly kind: 'not'; readonly of: Test }
  | { readonly kind: 'present'; readonly entity: Entity }
  | {
      readonly kind: 'compare';
      readonly relation: Relation;
      /** as written, for messages */
      readonly written: string;
      readonly quantifier: 'any' | 'all' | null;
      readonly left: Entity;
      readonly right: Entity;
    }
  | {
      readonly kind: 'contains' | 'matches';
      readonly written: string;
      readonly left: Entity;
      readonly right: Entity;
    }
  | {
      readonly kind: 'in';
      readonly left: Entity;
      readonly elements: readonly { readonly low: Entity; readonly high: Entity | null }[];
    };
