export { compileFilter, type Filter } from './compile.ts';
export { FilterError, isFilterError, showPlace } from './error.ts';
