/**
 * What every program's tests do: hold the declarations to the module beside them, and a message of bytes written
 * out by hand to the value it stands for.
 */
import { expect } from 'chai';
import { findProgram } from '../../../codec/programs/known-programs.ts';
import { ProgramTable } from '../../../codec/programs/table.ts';
import { decodeArguments, decodeResult, encodeResult } from '../../../codec/rpc/body.ts';
import type { Declarations, DeclaredProcedure } from '../../../codec/rpc/declarations.ts';
import type { Program } from '../../../codec/rpc/program.ts';
import { codecOf, isXdrError, resolve, type XdrType } from '../../../codec/xdr/index.ts';

export interface GeneratedModule {
  readonly types: ReadonlyMap<string, XdrType>;
  readonly programs: readonly Program[];
}

/**
 * Everything declared exists, and procedure names without prefix are what tshark shows; `shownAs`: the exceptions,
 * by name without prefix (undefined: tshark has no name).
 */
export function checkDeclarations(
  module: GeneratedModule,
  declarations: Declarations,
  shownAs: Readonly<Record<string, string | undefined>> = {},
): void {
  const table = new ProgramTable();
  const names = new Set<string>();
  for (const program of module.programs) {
    table.add(program, declarations);
    for (const version of program.versions) {
      for (const procedure of version.procedures) {
        const fits = declarations.prefixes.some((prefix) => procedure.name.startsWith(prefix));
        expect(fits, procedure.name).to.equal(true);
        const short = table.procedureName(program.number, version.number, procedure.number) ?? '';
        names.add(procedure.name);
        if (findProgram(program.number) === undefined) continue;
        const expected = Object.hasOwn(shownAs, short) ? shownAs[short] : short;
        const shown = findProgram(program.number)?.procedureName(version.number, procedure.number);
        expect(shown, `${program.number} v${version.number} ${short}`).to.equal(expected);
      }
    }
  }
  for (const name of Object.keys(declarations.procedures ?? {})) expect([...names]).to.include(name);
  for (const [from, to] of Object.entries(declarations.aliases ?? {})) {
    const [typeName = '', field] = from.split('.');
    const type = module.types.get(typeName);
    if (type === undefined) throw new Error(`alias of ${from}: no such type`);
    if (field !== undefined) expect(fieldNames(resolve(type)), from).to.include(field);
    expect(to).to.match(/^[a-z]+(\.[a-z0-9_]+)+$/);
  }
}

function fieldNames(type: XdrType): string[] {
  if (type.kind === 'struct') return type.fields.map((f) => f.name);
  if (type.kind === 'union') return [type.discriminant.name, ...type.arms.map((a) => a.name)];
  return [];
}

/** A procedure of the module, as the table has it. */
export function procedureOf(
  module: GeneratedModule,
  declarations: Declarations,
  program: number,
  version: number,
  procedure: number,
): DeclaredProcedure {
  const table = new ProgramTable();
  for (const p of module.programs) table.add(p, declarations);
  const found = table.procedure(program, version, procedure);
  if (found === undefined) throw new Error(`no procedure ${procedure}`);
  return found;
}

/** The bytes stand for the value, both ways, and no prefix of them stands for anything. */
export function checkMessage(
  procedure: DeclaredProcedure,
  what: 'arguments' | 'result',
  bytes: Uint8Array,
  value: unknown,
): void {
  const decode = what === 'arguments' ? decodeArguments : decodeResult;
  expect(decode(procedure, bytes, 0, bytes.length)).to.deep.include({ value, consumed: bytes.length });
  const encoded =
    what === 'arguments'
      ? codecOf(procedure.procedure.argument).encode(value)
      : encodeResult(procedure, value);
  expect(Buffer.from(encoded).toString('hex')).to.equal(Buffer.from(bytes).toString('hex'));
  for (let end = 0; end < bytes.length; end++) {
    expect(() => decode(procedure, bytes, 0, end), `prefix of ${end}`)
      .to.throw()
      .that.satisfies(isXdrError);
  }
}
