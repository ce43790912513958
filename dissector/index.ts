export * from './capture/index.ts';
export * from './filter/index.ts';
export * from './inspect.ts';
export * from './network/index.ts';
export * from './output/index.ts';
export * from './session/index.ts';
export * from './stats/index.ts';
export * from './tree/index.ts';
