export * from './bodies.ts';
export * from './calls.ts';
export * from './programs.ts';
export * from './statistic.ts';
export * from './statistics.ts';
