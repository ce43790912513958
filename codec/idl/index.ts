export { emitJson } from './emit-json.ts';
export { emitJsonSchema } from './emit-json-schema.ts';
export {
  describesSame,
  emitLua,
  type LuaField,
  type LuaProcedure,
  type LuaProgram,
  type LuaVersion,
} from './emit-lua.ts';
export { emitTypeScript, type TypeScriptOptions } from './emit-typescript.ts';
export { IdlError, IdlErrors, isIdlErrors, type Position } from './error.ts';
export { findType, type IdlModule } from './module.ts';
export type { IdlLimits, IdlOptions } from './options.ts';
export { parseIdl } from './parse-idl.ts';
