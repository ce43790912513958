export * from './idl/index.ts';
export * from './rpc/index.ts';
export * from './xdr/index.ts';
