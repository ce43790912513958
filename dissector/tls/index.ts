export * from './connection.ts';
export * from './key-log.ts';
export * from './record.ts';
export { startsWithRecords } from './record-reader.ts';
export * from './secrets.ts';
