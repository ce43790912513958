export { type AnnotatedNode, type AnnotateOptions, annotate, type LeafValue } from './annotate.ts';
export { type ArmOf, type Infer, type Of, type OptionalOf, type StructOf, xdr } from './builder.ts';
export { checkValue } from './check.ts';
export { attachCodec, type Codec, codecOf, decode, decodeAt, encode } from './codec.ts';
export { isXdrError, XdrError, type XdrErrorCode } from './errors.ts';
export { type FieldKind, fieldKind } from './field-kind.ts';
export { type GeneratedCodec, type GenerateOptions, generateCodecSource } from './generate.ts';
export { fromJson, type Json, type ToJsonOptions, toJson } from './json.ts';
export { jsonText, type TextTarget, writeJsonText } from './json-text.ts';
export {
  type CodecOptions,
  DEFAULT_LIMITS,
  type LenientNote,
  type Limits,
  limitsOf,
  MAX_DEPTH,
  SERVER_LIMITS,
} from './limits.ts';
export { type RandomOptions, type Rng, randomValue, rngOf, shrinkValue, smallestValue } from './random.ts';
export { type RefinedBy, type Refinement, type Refinements, refinedType, refinementsOf } from './refine.ts';
export { type CodecPair, codecRuntime, type Reader, type WriteLimits } from './runtime.ts';
export { loadZod, type SchemaOptions, schemaOf } from './schema.ts';
export {
  armKey,
  armOf,
  childrenOf,
  discriminantType,
  enumNames,
  fixedSize,
  isBoxed,
  isListIdiom,
  isRecursive,
  type ListIdiom,
  listIdiom,
  minSize,
  padded,
  type ResolvedType,
  resolve,
  wholeStruct,
} from './shape.ts';
export type * from './types.ts';
export type { Decoded } from './walk-decode.ts';
export { Writer } from './writer.ts';
