import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { isIdlErrors, parseIdl } from '../../../codec/idl/index.ts';
import { filesOf, findings, parse, shape } from './parse.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const readFile = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : null);

describe('idl: parseIdl', () => {
  it('accepts every construct of exotic.x', () => {
    const file = join(FIXTURES, 'exotic.x');
    const { types, constants, programs } = parseIdl(readFileSync(file, 'utf8'), { file, readFile });
    expect(types.size).to.equal(83);
    expect(programs.map((p) => [p.name, p.number, p.versions.length])).to.deep.equal([
      ['EXOTIC_PROGRAM', 0x20000bad, 2],
      ['EXOTIC_MORE', 31, 2],
      ['EXOTIC_BARE', 0xffffffff, 0],
    ]);
    expect(Object.fromEntries(constants)).to.deep.include({
      SUM: 7,
      SHIFTED: 31,
      LETTER: 122,
      OCTAL: 8,
      TOP_B: 41,
    });
    expect(shape(types.get('recursive'))).to.deep.equal({
      kind: 'union',
      name: 'recursive',
      discriminant: { name: 'more', type: { kind: 'integer', bits: 32, signed: true } },
      arms: [
        { cases: [0], name: '', type: { kind: 'void' } },
        { cases: [1], name: 'rest', type: 'ref recursive' },
      ],
    });
  });

  for (const folder of ['/usr/include/rpcsvc', '/usr/include/tirpc/rpc', '/usr/include/tirpc/rpcsvc']) {
    const files = existsSync(folder) ? readdirSync(folder).filter((f) => f.endsWith('.x')) : [];
    it(`accepts every .x in ${folder}${files.length === 0 ? ' (there is none: needs rpcsvc-proto, libtirpc-dev)' : ''}`, function () {
      if (files.length === 0) this.skip();
      for (const name of files) {
        const file = join(folder, name);
        expect(findings(readFileSync(file, 'utf8'), { file, readFile }), name).to.deep.equal([]);
      }
    });
  }

  it('links each use of a type to one ref', () => {
    const { types } = parse('struct a { b x; b y; }; typedef int b;');
    const a = types.get('a');
    if (a?.kind !== 'struct') throw new Error('no struct');
    const [x, y] = a.fields;
    expect(x!.type).to.equal(y!.type);
    expect(x!.type.kind === 'ref' && x!.type.target).to.equal(types.get('b'));
    expect(Object.isFrozen(a) && Object.isFrozen(a.fields) && Object.isFrozen(x)).to.equal(true);
  });

  it('takes a file that is included twice once', () => {
    const files = filesOf({
      'b.x': '#include "d.x"\nstruct b { d x; };',
      'c.x': '#include "d.x"\nstruct c { d x; };',
      'd.x': 'const N = 2; struct d { int a[N]; }; program P { version V { d F(d) = 1; } = 1; } = 1;',
    });
    const module = parse('#include "b.x"\n#include "c.x"\n', { readFile: files });
    expect([...module.types.keys()]).to.deep.equal(['d', 'b', 'c']);
    expect(module.programs).to.have.length(1);
  });

  it('looks for missing types behind the headers that % lines include', () => {
    const options = {
      file: 'dir/a.x',
      includeDirs: ['inc'],
      readFile: filesOf({
        'dir/b.x': '%#include <far/c.h>\nstruct b { c x; int own; }; program Q { } = 9;',
        'inc/far/c.x': 'typedef hyper c; struct a { int other; };',
        'dir/broken.x': 'struct {',
      }),
    };
    const source = '%#include "broken.h"\n%#include <where/b.h>\nstruct a { b x; };';
    const module = parse(source, options);
    expect([...module.types.keys()]).to.deep.equal(['b', 'c', 'a']);
    expect(shape(module.types.get('a'))).to.deep.include({ fields: [{ name: 'x', type: 'ref b' }] });
    expect(module.programs).to.deep.equal([]);
    expect(findings('%#include <none.h>\nstruct a { b x; };', options)).to.deep.equal([
      "dir/a.x:2:12: unknown type 'b'",
    ]);
    expect(findings('%#include <b.h>\nstruct a { b x; zzz y; };', options)).to.deep.equal([
      "dir/a.x:2:12: unknown type 'b'",
      "dir/a.x:2:17: unknown type 'zzz'",
    ]);
  });

  it('keeps the place of a finding in an included file', () => {
    expect(
      findings('#include "b.x"', { readFile: filesOf({ 'b.x': '\n struct s { nope x; };' }) }),
    ).to.deep.equal(["b.x:2:13: unknown type 'nope'"]);
  });

  it('gives no module for a source with findings, and throws only IdlErrors', () => {
    expect(() => parse('struct s { nope x; };'))
      .to.throw()
      .that.satisfies(isIdlErrors);
    expect(() => parse('x'.repeat(5_000_000)))
      .to.throw('longer than 4194304')
      .that.satisfies(isIdlErrors);
  });

  it('takes an empty source', () => {
    expect(parse('').types.size).to.equal(0);
    expect(parse('% only C\n/* and words */').programs).to.deep.equal([]);
  });
});
