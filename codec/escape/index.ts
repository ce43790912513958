export * from './lua.ts';
export * from './markup.ts';
export * from './prometheus.ts';
export * from './shell.ts';
export * from './terminal.ts';
