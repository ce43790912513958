import { expect } from 'chai';
import { findings, parse } from './parse.ts';

describe('idl: constants', () => {
  it('are numbers, bigints only beyond 2^53, and texts', () => {
    const { constants } = parse(
      'const A = 9007199254740991; const B = 9007199254740992; const C = "t"; const D = -1;',
    );
    expect([...constants]).to.deep.equal([
      ['A', 9007199254740991],
      ['B', 9007199254740992n],
      ['C', 't'],
      ['D', -1],
    ]);
  });

  it('may be used before they are defined', () => {
    expect(
      parse('const A = B + 1; enum e { B = C, X }; const C = X2; enum f { X1 = 5, X2 };').constants.get('A'),
    ).to.equal(7);
  });

  it('count enum members on from the last value', () => {
    const type = parse('enum e { A, B = 5, C, D = -2, E, F };').types.get('e');
    expect(type).to.deep.include({
      members: [
        ['A', 0],
        ['B', 5],
        ['C', 6],
        ['D', -2],
        ['E', -1],
        ['F', 0],
      ],
    });
  });

  it('hold members of a nameless enum', () => {
    expect([...parse('enum { A = 3, B };').constants]).to.deep.equal([
      ['A', 3],
      ['B', 4],
    ]);
  });

  it('know TRUE and FALSE, which a source may define itself', () => {
    expect(parse('const A = TRUE; const B = FALSE;').constants.get('A')).to.equal(1);
    expect(parse('const TRUE = 1; enum bool { FALSE = 0, TRUE = 1 };').constants.get('TRUE')).to.equal(1);
  });

  it('take macros of % lines last', () => {
    expect(parse('%#define N 4\nconst N = 5; const A = N;').constants.get('A')).to.equal(5);
    expect(parse('%#define N (2 * M)\n%#define M 4\nconst A = N;').constants.get('A')).to.equal(8);
    expect(findings('%#define N sizeof(int)\nconst A = N;')).to.deep.equal([
      "f.x:2:11: 'N' is not a constant",
    ]);
  });

  it('are refused where they go in a circle, once', () => {
    expect(findings('const A = A;')).to.deep.equal(["f.x:1:11: 'A' is defined by itself"]);
    expect(findings('const A = B + C; const B = C; const C = 1 + A; const D = C;')).to.deep.equal([
      "f.x:1:45: 'A' is defined by itself",
    ]);
    expect(findings('enum e { A = C, B }; const C = B;')).to.deep.equal([
      "f.x:1:17: 'A' is defined by itself",
    ]);
    const circle = Array.from({ length: 5000 }, (_, i) => `const C${i} = C${(i + 1) % 5000};`).join('\n');
    expect(findings(circle)).to.deep.equal(["f.x:5000:15: 'C0' is defined by itself"]);
  });

  it('may stand in any order, each made of many', () => {
    const names = Array.from({ length: 500 }, (_, i) => `C${i}`);
    const all = names.map((name, i) => `const ${name} = ${names.slice(i + 1).join(' | ') || '3'};`);
    expect(parse(all.join('\n')).constants.get('C0')).to.equal(3);
    expect(parse(all.reverse().join('\n')).constants.get('C0')).to.equal(3);
  });

  it('report a broken one once', () => {
    expect(findings('const A = 1 / 0; const B = A; const C = B; typedef int t[C];')).to.deep.equal([
      'f.x:1:13: division by zero',
    ]);
    expect(findings('enum e { A = NOPE, B, C };')).to.deep.equal(["f.x:1:14: 'NOPE' is not a constant"]);
  });

  it('called as what an object inherits are no constants', () => {
    expect(findings('typedef int t[constructor];')).to.deep.equal([
      "f.x:1:15: 'constructor' is not a constant",
    ]);
    expect(parse('const __proto__ = 1; const constructor = 2;').constants.get('__proto__')).to.equal(1);
  });
});
