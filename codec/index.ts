export * from './xdr/index.ts';
