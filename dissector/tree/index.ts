export * from './columns.ts';
export * from './field.ts';
export * from './field-collector.ts';
export * from './format.ts';
export * from './packet-walker.ts';
export * from './programs.ts';
export * from './registry.ts';
export * from './tree-builder.ts';
