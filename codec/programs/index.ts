export * from './known-programs.ts';
export * from './table.ts';
