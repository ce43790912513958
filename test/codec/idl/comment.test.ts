import { expect } from 'chai';
import { blankComments } from '../../../codec/idl/comment.ts';

describe('idl: comments', () => {
  it('leave blanks behind, so that columns stay', () => {
    expect(blankComments('a /* b */ c', false)).to.deep.equal({ text: 'a         c', inComment: false });
    expect(blankComments('a // b /* c', false)).to.deep.equal({ text: 'a ', inComment: false });
  });

  it('go on in the next line', () => {
    expect(blankComments('a /* b', false)).to.deep.equal({ text: 'a     ', inComment: true });
    expect(blankComments('b */ c', true)).to.deep.equal({ text: '     c', inComment: false });
    expect(blankComments('b', true)).to.deep.equal({ text: ' ', inComment: true });
    expect(blankComments('x */ y /* z', true)).to.deep.equal({ text: '     y     ', inComment: true });
  });

  it('are not inside strings and characters', () => {
    expect(blankComments('"// /*" \'"\' // x', false).text).to.equal('"// /*" \'"\' ');
    expect(blankComments('"a\\"// b" /* c */', false).text).to.equal('"a\\"// b"'.padEnd(17));
  });

  it('do not start at an apostrophe', () => {
    expect(blankComments("don't /* x */ y", false).text).to.equal(`${"don't".padEnd(14)}y`);
  });

  it('take time in proportion to the line', () => {
    const start = performance.now();
    for (const part of ['\\"', '"', "'\\", '/*', '*/', "'\\a"]) blankComments(part.repeat(300_000), false);
    expect(performance.now() - start).to.be.lessThan(2000);
  });
});
