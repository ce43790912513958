/**
 * What the tests of the `.x` front end share.
 */
import { type IdlModule, type IdlOptions, isIdlErrors, parseIdl } from '../../../codec/idl/index.ts';
import type { XdrType } from '../../../codec/xdr/types.ts';

/** The findings in a source as `file:line:column: reason`; none if it is accepted. */
export function findings(source: string, options: IdlOptions = {}): string[] {
  try {
    parseIdl(source, { file: 'f.x', ...options });
    return [];
  } catch (e) {
    if (isIdlErrors(e)) return e.errors.map((one) => one.describe());
    throw e;
  }
}

/** Sources by path, as `readFile` gives them. */
export function filesOf(files: Readonly<Record<string, string>>): (path: string) => string | null {
  return (path) => (Object.hasOwn(files, path) ? files[path]! : null);
}

export function parse(source: string, options: IdlOptions = {}): IdlModule {
  return parseIdl(source, { file: 'f.x', ...options });
}

/** A type without its refs' targets, so that it can be compared and shown. */
export function shape(type: XdrType | undefined): unknown {
  if (type === undefined) return undefined;
  return JSON.parse(
    JSON.stringify(type, (_, value) =>
      value?.kind === 'ref' ? `ref ${value.name}` : typeof value === 'bigint' ? `${value}n` : value,
    ),
  );
}

/** The type of the only field of `struct s { … };`, where `…` is the declaration. */
export function fieldType(declaration: string, before = ''): unknown {
  const struct = parse(`${before}\nstruct s { ${declaration}; };`).types.get('s');
  return struct?.kind === 'struct' ? shape(struct.fields[0]?.type) : undefined;
}
