export * from './known-programs.ts';
