import { expect } from 'chai';
import { transformSync } from 'esbuild';
import { LAYERS, read, sourceFiles, typeScriptFiles } from './sources.ts';

/** Nothing is left of a file of types once they are erased. */
function holdsOnlyTypes(text: string): boolean {
  const { code } = transformSync(text, {
    loader: 'ts',
    minifyWhitespace: true,
    tsconfigRaw: '{"compilerOptions":{"verbatimModuleSyntax":true}}',
  });
  return code.replace('export{};', '').trim() === '';
}

function isExempt(file: string): boolean {
  return (
    file.endsWith('/index.ts') ||
    file.endsWith('.gen.ts') ||
    file === 'cli/main.ts' ||
    holdsOnlyTypes(read(file))
  );
}

const testOf = (source: string): string => `test/${source.replace(/\.ts$/, '.test.ts')}`;

describe('house: test/ mirrors the source', () => {
  const sources = sourceFiles();
  const tests = LAYERS.flatMap((layer) => typeScriptFiles(`test/${layer}`)).filter((file) =>
    file.endsWith('.test.ts'),
  );

  it('knows a file of types when it sees one', () => {
    expect(
      holdsOnlyTypes("import type { A } from './a.ts';\nexport interface B { a: A }\nexport type C = B;\n"),
    ).to.equal(true);
    expect(holdsOnlyTypes('export interface B { a: number }\nexport const c = 1;\n')).to.equal(false);
  });

  it('has a test file for every source file', () => {
    const there = new Set(tests);
    const missing = sources.filter((file) => !isExempt(file) && !there.has(testOf(file)));
    expect(missing.map((file) => `${file} has no ${testOf(file)}`).join('\n')).to.equal('');
  });

  it('has a source file for every test file', () => {
    const there = new Set(sources.map(testOf));
    expect(tests.filter((file) => !there.has(file)).join('\n')).to.equal('');
  });

  it('runs every test: no .only is left behind', () => {
    const left = typeScriptFiles('test').filter((file) =>
      /\b(?:describe|context|it|specify)\.only\(/.test(read(file)),
    );
    expect(left).to.deep.equal([]);
  });
});
