import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { describesSame, emitLua, type LuaProgram } from '../../../codec/idl/index.ts';
import type { Program } from '../../../codec/rpc/program.ts';
import { parse } from './parse.ts';

const COMPILERS = ['luac5.2', 'luac5.3', 'luac5.4'].filter((luac) => spawnSync(luac, ['-v']).status === 0);

function plugin(program: Program, change: Partial<LuaProgram> = {}): string {
  const versions = program.versions.map(({ number, procedures }) => ({
    number,
    field: `procedure_v${number}`,
    procedures: procedures.map((procedure) => ({ procedure, name: procedure.name })),
  }));
  const { name, number } = program;
  return emitLua([
    { number, filter: 'p', title: name, column: name, builtin: false, versions, fields: [], ...change },
  ]);
}

const SOURCE =
  'program P { version V { int F(hyper) = 1; void G(void) = 2; } = 1; version W { } = 2; } = 77;';

/** What a Lua compiler of each version says; empty when it takes the text. */
function complaints(text: string): string {
  return COMPILERS.map((luac) => spawnSync(luac, ['-p', '-'], { input: text, encoding: 'utf8' }).stderr).join(
    '',
  );
}

describe(`emitLua${COMPILERS.length === 3 ? '' : ` (luac here: ${COMPILERS.join(', ') || 'none'})`}`, () => {
  it('makes one file with descriptions and runtime', () => {
    const text = plugin(parse(SOURCE).programs[0]!);
    expect(text).to.contain('PROGRAMS[1] = { number = 77, filter = "p",');
    expect(text).to.match(/\[1\]=\{argument=1,result=2\}/);
    expect(text).to.contain('register_heuristic("tcp"');
    expect(complaints(text)).to.equal('');
  });

  it('refuses what has nothing to show', () => {
    expect(() => emitLua([])).to.throw(TypeError, 'needs a program');
  });

  it('lets no name out of its quotes', () => {
    const hostile = '"]] os.exit(1) --\n\\';
    const program = parse(SOURCE).programs[0]!;
    const fields = [{ path: hostile, kind: 'int32' as const, strings: new Map([[-5, hostile]]) }];
    const text = plugin(program, { filter: hostile, title: hostile, column: hostile, fields });
    expect(
      text.split('\n').filter((line) => line.startsWith('\\') || line.startsWith(' os.exit')),
    ).to.deep.equal([]);
    expect(text).to.contain('[4294967291]="\\"]] os.exit(1) --\\010\\\\"');
    expect(complaints(text)).to.equal('');
  });

  it('stays within the limits of a Lua function, however much there is', () => {
    const members = Array.from({ length: 3000 }, (_, i) => `int f${i}; opaque o${i}<${i + 1}>;`).join('');
    const fields = Array.from({ length: 12_000 }, (_, i) => ({
      path: `f${i}`,
      kind: 'int32' as const,
      strings: new Map([[i, `v${i}`]]),
    }));
    const { programs } = parse(`struct s { ${members} }; program P { version V { s F(s) = 1; } = 1; } = 77;`);
    expect(complaints(plugin(programs[0]!, { fields }))).to.equal('');
  });

  it('says where the numbers of an inner call stand, if they stand at fixed places', () => {
    const names = { program: 'p', version: 'v', procedure: 'n', arguments: 'a', results: 'r' };
    const text = (fields: string) => {
      const source = `struct s { ${fields} }; program P { version V { s F(s) = 1; } = 1; } = 77;`;
      const [procedure] = parse(source).programs[0]!.versions[0]!.procedures;
      const procedures = [{ procedure: procedure!, name: 'F', inner: names }];
      return plugin(parse(source).programs[0]!, { versions: [{ number: 1, field: 'f', procedures }] });
    };
    expect(text('hyper h; int p; int v; opaque o[3]; int n; opaque a<>; opaque r<>;')).to.contain(
      'inner={program=8,version=12,procedure=20,arguments="a",results="r"}',
    );
    expect(text('int p; opaque o<>; int v; int n; opaque a<>;')).not.to.contain('inner=');
    expect(text('int p; int v; opaque a<>;')).not.to.contain('inner=');
  });

  it('compares descriptions by what is on the wire and by names', () => {
    const version = (source: string) => parse(source).programs[0]!.versions[0]!;
    const wrap = (type: string) =>
      `struct s { ${type} a; }; program P { version V { s F(s) = 1; } = 1; } = 77;`;
    expect(describesSame(version(wrap('int')), version(`typedef int t; ${wrap('t')}`))).to.equal(true);
    expect(describesSame(version(wrap('int')), version(wrap('unsigned')))).to.equal(false);
    expect(describesSame(version(wrap('int')), version(wrap('int').replace('F(', 'G(')))).to.equal(false);
  });
});
