export type { CallTableLimits } from './call-table.ts';
export * from './options.ts';
export * from './pdu.ts';
export type { PduList } from './pdu-list.ts';
export * from './session.ts';
