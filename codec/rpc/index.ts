export * from './auth/index.ts';
export * from './call-table.ts';
export * from './errors.ts';
export * from './message.ts';
export * from './names.ts';
export type * from './program.ts';
export * from './record-reader.ts';
export * from './record-writer.ts';
