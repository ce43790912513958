/**
 * A resolved module as JSON, for tools in other languages: constants, types and programs as codec/xdr/types.ts and
 * codec/rpc/program.ts describe them. A use of a named type is `{"kind": "ref", "name": …}`; a size that is not
 * declared is left out; 64-bit constants and cases are decimal strings.
 */
import type { XdrType } from '../xdr/types.ts';
import type { IdlModule } from './module.ts';

/** The text, with a newline at its end. */
export function emitJson(module: IdlModule): string {
  const shown = {
    file: module.file,
    constants: [...module.constants].map(([name, value]) => ({
      name,
      kind: typeof value === 'string' ? 'string' : 'integer',
      value: typeof value === 'bigint' ? value.toString() : value,
    })),
    types: [...module.types].map(([name, type]) => ({ name, type: describeType(type) })),
    programs: module.programs.map((program) => ({
      ...program,
      versions: program.versions.map((version) => ({
        ...version,
        procedures: version.procedures.map(({ name, number, args, argument, result }) => ({
          name,
          number,
          args: args.map(describeType),
          argument: describeType(argument),
          result: describeType(result),
        })),
      })),
    })),
  };
  return `${JSON.stringify(shown, null, 2)}\n`;
}

function describeType(type: XdrType): object {
  switch (type.kind) {
    case 'ref':
      return { kind: 'ref', name: type.name };
    case 'array':
    case 'optional':
      return { ...type, element: describeType(type.element) };
    case 'struct':
      return { ...type, fields: type.fields.map(describeField) };
    case 'union':
      return {
        ...type,
        discriminant: describeField(type.discriminant),
        arms: type.arms.map((arm) => ({
          cases: arm.cases.map((c) => (typeof c === 'bigint' ? c.toString() : c)),
          ...describeField(arm),
        })),
        default: type.default === undefined ? undefined : describeField(type.default),
      };
    default:
      return type;
  }
}

function describeField(field: { readonly name: string; readonly type: XdrType }): object {
  return { name: field.name, type: describeType(field.type) };
}
