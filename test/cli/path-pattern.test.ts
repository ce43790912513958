import { expect } from 'chai';
import { pathPattern } from '../../cli/path-pattern.ts';

describe('cli/path-pattern', () => {
  it('matches a path and what is below it', () => {
    const matches = (pattern: string, path: string) => pathPattern(pattern).test(path);
    expect(matches('result.a', 'result.a')).to.equal(true);
    expect(matches('result.a', 'result.a.b')).to.equal(true);
    expect(matches('result.a', 'result.a[3]')).to.equal(true);
    expect(matches('result.a', 'result.ab')).to.equal(false);
    expect(matches('*.atime', 'result.x[2].atime.seconds')).to.equal(true);
    expect(matches('result[*].port', 'result[12].port')).to.equal(true);
    expect(matches('result.(a', 'result.(a')).to.equal(true);
  });
});
