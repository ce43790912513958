export * from './escape/index.ts';
export * from './programs/index.ts';
export * from './rpc/index.ts';
export * from './xdr/index.ts';
