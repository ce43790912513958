import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Arguments, parseArguments } from '../../cli/arguments.ts';
import { isCliError } from '../../cli/errors.ts';
import { IDL_OPTIONS } from '../../cli/idl-option-table.ts';
import { loadIdl, parseIdlFile, requireType, typeNamed } from '../../cli/idl-options.ts';
import { isIdlErrors } from '../../codec/idl/index.ts';

describe('cli/idl-options', () => {
  let folder: string;
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const args = (...argv: string[]): Promise<Arguments> => parseArguments(argv, { options: IDL_OPTIONS });
  const refusal = (run: () => unknown): string => {
    try {
      run();
    } catch (e) {
      if (isCliError(e)) return `${e.status} ${e.message}${e.detail === undefined ? '' : `\n${e.detail}`}`;
      throw e;
    }
    return 'accepted';
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-idl-'));
    file('inner.x', 'struct inner { int a[SIZE]; };');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('reads files with -I and -D', async () => {
    const outer = file('outer.x', '#include <inner.x>\n#ifdef FLAG\nstruct outer { inner x; };\n#endif');
    const modules = loadIdl(await args('--idl', outer, '-I', folder, '-DSIZE=3', '-D', 'FLAG'));
    expect([...modules[0]!.types.keys()]).to.deep.equal(['inner', 'outer']);
    expect(typeNamed(modules, 'inner')).to.deep.include({ kind: 'struct', name: 'inner' });
    expect(typeNamed(modules, 'a::inner')).to.equal(typeNamed(modules, 'inner'));
    expect(typeNamed(modules, 'none')).to.equal(undefined);
  });

  it('names what cannot be read', async () => {
    const missing = join(folder, 'missing.x');
    const one = await args('--idl', missing);
    expect(refusal(() => loadIdl(one))).to.equal(`2 ${missing}: no such file or directory`);
    const two = await args('--idl', folder);
    expect(refusal(() => loadIdl(two))).to.equal(`2 ${folder}: is a directory`);
    const large = file('large.x', '');
    truncateSync(large, 16 * 1024 * 1024 + 1);
    const three = await args('--idl', large);
    expect(refusal(() => loadIdl(three))).to.equal(`2 ${large}: larger than 16777216 bytes`);
  });

  it('shows every finding, in a form that cannot steer the terminal', async () => {
    const wrong = file('wrong.x', 'struct s { a x; };\nstruct t { b\x1b y; };');
    const bad = await args('--idl', wrong);
    expect(refusal(() => loadIdl(bad))).to.match(
      /^2 .*wrong\.x:1:12: unknown type 'a'\n.*wrong\.x:2:13: expected a name, found '.*'/,
    );
    expect(refusal(() => loadIdl(bad)).includes('\n')).to.equal(true);
    expect(parseIdlFile(wrong, bad)).to.satisfy(isIdlErrors);
  });

  it('refuses a macro that is no name', async () => {
    const inner = await args('--idl', join(folder, 'inner.x'), '-D', '3=4');
    expect(refusal(() => loadIdl(inner))).to.equal('2 -D: "3" is not a name');
  });

  it('says which types there are', async () => {
    const modules = loadIdl(await args('--idl', join(folder, 'inner.x'), '-DSIZE=1'));
    expect(requireType(modules, 'inner')).to.equal(modules[0]!.types.get('inner'));
    expect(refusal(() => requireType(modules, 'iner'))).to.equal('2 --type: no type "iner"');
    expect(refusal(() => requireType(modules, undefined))).to.contain('--type: needed');
    expect(refusal(() => requireType([], 'inner'))).to.contain('--idl: needed');
  });
});
