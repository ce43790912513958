export * from './byte-writer.ts';
export * from './write-fields.ts';
