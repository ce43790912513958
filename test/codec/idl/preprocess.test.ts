import { expect } from 'chai';
import { IdlError } from '../../../codec/idl/error.ts';
import { type IdlOptions, resolveLimits } from '../../../codec/idl/options.ts';
import { preprocess } from '../../../codec/idl/preprocess.ts';
import { filesOf, findings } from './parse.ts';

function run(source: string, options: IdlOptions = {}): { text: string; places: string[]; errors: string[] } {
  const errors: string[] = [];
  const { tokens } = preprocess(source, { file: 'f.x', ...options }, resolveLimits(options.limits), (e) =>
    errors.push(e.describe()),
  );
  return {
    text: tokens.map((t) => t.text).join(' '),
    places: tokens.map((t) => `${t.file}:${t.line}:${t.column}`),
    errors,
  };
}

const text = (source: string, options: IdlOptions = {}): string => {
  const result = run(source, options);
  expect(result.errors).to.deep.equal([]);
  return result.text;
};

describe('idl: preprocessor', () => {
  it('drops % lines, indented ones and continued ones too', () => {
    expect(text('%#include <x.h>\na\n  % b /* not a comment\nc\n%#define X \\\n d\ne')).to.equal('a c e');
    expect(text('%\nb')).to.equal('b');
  });

  it('keeps what % lines pass, for names that nothing else defines', () => {
    const { passed } = preprocess(
      '%#include <rpc/a.h>\n%#define N 4 /* four */\n%#define F(x) x\n#if 0\n%#define N 5\n#endif',
      {},
      resolveLimits(),
      () => {},
    );
    expect([...passed.includes]).to.deep.equal(['rpc/a.h']);
    expect([...passed.defines].map(([name, body]) => [name, body.map((t) => t.text)])).to.deep.equal([
      ['N', ['4']],
    ]);
    expect(findings('%#define N 4\nstruct s { int a[N]; };')).to.deep.equal([]);
  });

  it('replaces macros, in the place of their use', () => {
    const result = run('#define N (2*M)\n#define M 3\n  N x N');
    expect(result.text).to.equal('( 2 * 3 ) x ( 2 * 3 )');
    expect(new Set(result.places.slice(0, 5))).to.deep.equal(new Set(['f.x:3:3']));
    expect(result.places[5]).to.equal('f.x:3:5');
  });

  it('does not replace a macro inside itself', () => {
    expect(text('#define A B\n#define B A\nA B')).to.equal('A B');
  });

  it('forgets and takes macros', () => {
    expect(text('#define A 1\nA\n#undef A\nA')).to.equal('1 A');
    expect(text('N E', { defines: { N: '7', E: '' } })).to.equal('7');
    expect(text('__proto__ constructor', { defines: {} })).to.equal('__proto__ constructor');
  });

  it('names a macro with parameters where it is used, and only there', () => {
    expect(run('#define F(x) x\na').errors).to.deep.equal([]);
    expect(run('#define F(x) x\nF').errors).to.deep.equal([]);
    expect(run('#define F(x) x\n F(1)').errors).to.deep.equal([
      "f.x:2:2: macro 'F' has parameters, which is not supported",
    ]);
    expect(text('#define G (1)\nG')).to.equal('( 1 )');
  });

  const conditions: readonly (readonly [string, string])[] = [
    ['#ifdef A\nyes\n#else\nno\n#endif', 'yes'],
    ['#ifndef A\nyes\n#else\nno\n#endif', 'no'],
    ['#if A == 2 && defined(A) && !defined B\nyes\n#endif', 'yes'],
    ['#if B\nyes\n#elif A > 1\nelif\n#elif 1\nlate\n#else\nno\n#endif', 'elif'],
    ['#if 0\n#if 1\na\n#else\nb\n#endif\n#else\nc\n#endif', 'c'],
    ['#if 0\n#bogus\n#if\n#endif\n#endif\nx', 'x'],
    ['#if (A + 1) * 2 == 6\nyes\n#endif', 'yes'],
    ['#if 1 \\\n && 0\nyes\n#endif\nx', 'x'],
    ['#if 0\ndon\'t " /* #endif */\n#endif\nx', 'x'],
    ['#ifdef A // why\nyes\n#endif /* A */', 'yes'],
    ['# if 1\n#  define Z 5\nZ\n# endif', '5'],
  ];
  for (const [source, result] of conditions) {
    it(JSON.stringify(source), () => {
      expect(text(source, { defines: { A: '2' } })).to.equal(result);
    });
  }

  it('includes files, and keeps their places', () => {
    const readFile = filesOf({
      'dir/b.x': 'b\n#include "sub/c.x"',
      'dir/sub/c.x': '\n c',
      'inc/d.x': 'd',
    });
    const result = run('#include "b.x"\n#include <d.x>\na', {
      file: 'dir/f.x',
      readFile,
      includeDirs: ['other', 'inc'],
    });
    expect(result).to.deep.equal({
      text: 'b c d a',
      places: ['dir/b.x:1:1', 'dir/sub/c.x:2:2', 'inc/d.x:1:1', 'dir/f.x:3:1'],
      errors: [],
    });
  });

  it('looks for <file> only where -I says', () => {
    const readFile = filesOf({ 'b.x': 'b' });
    expect(run('#include <b.x>', { readFile }).errors).to.deep.equal([
      "f.x:1:2: cannot find include file 'b.x'",
    ]);
    expect(run('#include "b.x"', { readFile }).errors).to.deep.equal([]);
  });

  it('stops an include cycle, but not one with guards', () => {
    const readFile = filesOf({
      'a.x': '#include "b.x"\n#include "b.x"',
      'b.x': '#include "a.x"\n#include "a.x"',
      'g.x': '#ifndef G\n#define G\n#include "g.x"\ng\n#endif',
    });
    expect(() => run('#include "a.x"', { readFile })).to.throw(IdlError, 'nested more than 32 deep: ');
    expect(text('#include "g.x"\n#include "g.x"', { readFile })).to.equal('g');
  });

  it('follows line markers', () => {
    expect(run('# 10 "other.x" 2\na\n#line 20\nb').places).to.deep.equal(['other.x:10:1', 'other.x:20:1']);
  });

  it('takes CRLF, a byte order mark and form feeds', () => {
    expect(run('\ufeffa\r\nb\f\r\n').places).to.deep.equal(['f.x:1:2', 'f.x:2:1']);
  });

  const wrong: readonly (readonly [string, string])[] = [
    ['#if 1\na', 'f.x:1:2: #if without #endif'],
    ['#endif', 'f.x:1:2: #endif without #if'],
    ['#else', 'f.x:1:2: #else without #if'],
    ['#if 1\n#else\n#else\n#endif', 'f.x:3:2: #else without #if'],
    ['#ifdef\n#endif', 'f.x:1:2: #ifdef needs a name'],
    ['#if\n#endif', 'f.x:1:2: expected a number or a constant, found the end of the file'],
    ['#if 1 1\n#endif', 'f.x:1:7: #if has more than an expression'],
    ['#if 1/0\n#endif', 'f.x:1:6: division by zero'],
    ['#if defined\n#endif', "f.x:1:5: 'defined' needs a name"],
    ['#define 3', 'f.x:1:9: #define needs a name'],
    ['#define', 'f.x:1:2: #define needs a name'],
    ['#include b', 'f.x:1:2: #include needs "file" or <file>'],
    ['#include "b"', "f.x:1:2: cannot find include file 'b'"],
    ['#error no good', 'f.x:1:2: #error no good'],
    ['#bogus', "f.x:1:2: unknown directive '#bogus'"],
    ['a\n /* b\n', 'f.x:2:1: comment is not closed'],
  ];
  for (const [source, message] of wrong) {
    it(`refuses ${JSON.stringify(source)}`, () => {
      expect(run(source).errors).to.deep.equal([message]);
    });
  }

  it('bounds source, tokens and nesting', () => {
    const limits = { maxSourceLength: 110, maxTokens: 50 };
    expect(text('a'.repeat(110), { limits })).to.have.length(110);
    expect(() => run('a'.repeat(111), { limits })).to.throw('source is longer than 110 characters');
    expect(text('a '.repeat(50), { limits }).split(' ')).to.have.length(50);
    expect(() => run(`${'a '.repeat(49)}\na a`, { limits })).to.throw('more than 50 tokens');
    const bomb = Array.from({ length: 40 }, (_, i) => `#define A${i + 1} A${i} A${i}`).join('\n');
    expect(() => run(`${bomb}\nA40`)).to.throw('more than 1000000 tokens');
    const chain = Array.from({ length: 200 }, (_, i) => `#define B${i + 1} B${i}`).join('\n');
    expect(() => run(`${chain}\nB200`)).to.throw('macros are nested too deeply');
    expect(text(`${chain}\nB90`)).to.equal('B0');
  });
});
