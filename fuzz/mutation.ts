/**
 * What a mutation is: a family with a stable id, the path it was made at, and the edit. Type-only.
 */
import type { Edit } from './edit.ts';

/** `id` is the family's name with its argument, 'len.2^31'; `path` where in the message: a field, or '' for all. */
export interface Mutation {
  readonly id: string;
  readonly path: string;
  readonly edit: Edit;
}
