import { expect } from 'chai';
import { literalsOf } from '../../fuzz/coverage-literals.ts';

const read = (...sources: string[]) => {
  const { words, numbers } = literalsOf(sources);
  return { words: words.map((word) => Buffer.from(word).toString()), numbers: numbers.map(Number) };
};

describe('fuzz/coverage-literals', () => {
  it('reads numbers and texts, and not what only looks like them', () => {
    const source = 'if (a === 0xCafe && b1 === 77 && c === 1_000n) f(\'GET\', "PUT", 1.5, x.0);';
    expect(read(source)).to.deep.equal({ words: ['GET', 'PUT'], numbers: [0xcafe, 77, 1000] });
    expect(read('0x_ 0xZZ 12abc')).to.deep.equal({ words: [], numbers: [] });
  });

  it('takes escapes for what they stand for', () => {
    expect(read(String.raw`'a\n\x41\u0042\u{1F600}\'' '\u{ffffff}x'`).words).to.deep.equal([
      "a\nAB\u{1f600}'",
      'x',
    ]);
  });

  it('has each once, leaves out source maps, and is bounded', () => {
    expect(read("'a' 5", "'a' 5").numbers).to.deep.equal([5]);
    expect(read("1;\n//# sourceMappingURL=data:'x'+2+3").numbers).to.deep.equal([1]);
    const many = Array.from({ length: 5000 }, (_, i) => `'w${i}' ${i}`).join(' ');
    expect(read(many).numbers).to.have.length(2048);
    expect(read(many).words).to.have.length(2048);
  });
});
