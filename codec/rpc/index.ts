export * from './errors.ts';
export * from './message.ts';
export type * from './program.ts';
export * from './record-reader.ts';
export * from './record-writer.ts';
