/**
 * A small program for the tests of peers, dispatch and engine, described in the IDL as a user would.
 */
import { parseIdl } from '../../codec/idl/index.ts';
import type { Procedure, Program } from '../../codec/rpc/index.ts';
import type { Handler, ProcedureAccess, Service } from '../../transport/peer-types.ts';

const SOURCE = `
struct pair { int a; int b; };
struct note { string text<64>; opaque data<>; };
program TOY {
  version TOY2 {
    void TOY_NULL(void) = 0;
    int TOY_ADD(pair) = 1;
    note TOY_ECHO(note) = 2;
    string TOY_SLOW(unsigned int) = 3;
    opaque TOY_BLOB(opaque) = 4;
    int TOY_MISSING(void) = 9;
  } = 2;
  version TOY4 {
    int TOY_ADD(pair) = 1;
  } = 4;
} = 0x20000001;
`
  .replace('string TOY_SLOW', 'text_t TOY_SLOW')
  .replace('opaque TOY_BLOB(opaque)', 'blob_t TOY_BLOB(blob_t)');

const [toy] = parseIdl(`typedef string text_t<>;\ntypedef opaque blob_t<>;\n${SOURCE}`).programs;

export const TOY: Program = toy as Program;

export function procedure(name: string, version = 2): Procedure {
  const found = TOY.versions
    .find((one) => one.number === version)
    ?.procedures.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name} in version ${version}`);
  return found;
}

export const ADD = procedure('TOY_ADD');
export const ECHO = procedure('TOY_ECHO');
export const SLOW = procedure('TOY_SLOW');
export const BLOB = procedure('TOY_BLOB');
export const NULL = procedure('TOY_NULL');

export const TOY_ACCESS: ReadonlyMap<string, ProcedureAccess> = new Map<string, ProcedureAccess>([
  ['TOY_ADD', 'ro'],
  ['TOY_ECHO', 'ro'],
  ['TOY_SLOW', 'before-open'],
  ['TOY_BLOB', 'rw'],
]);

/** The program with handlers; `more` replaces or adds some. */
export function toyService(
  more: Readonly<Record<string, Handler>> = {},
  access: Service['access'] = TOY_ACCESS,
): Service {
  const handlers = new Map<string, Handler>(
    Object.entries({
      TOY_ADD: ({ a, b }: { a: number; b: number }) => a + b,
      TOY_ECHO: (note: unknown) => note,
      TOY_BLOB: (blob: unknown) => blob,
      ...more,
    }),
  );
  return { program: TOY, access, handler: (name) => handlers.get(name) };
}
