export * from './byte-writer.ts';
export * from './hex-dump.ts';
export type { JsonFilter } from './json-tree.ts';
export * from './write-fields.ts';
export * from './write-json.ts';
export * from './write-ndjson.ts';
export * from './write-text.ts';
