export * from './bodies.ts';
export * from './calls.ts';
export * from './programs.ts';
