import { expect } from 'chai';
import { joinPath, resolveLimits } from '../../../codec/idl/options.ts';

describe('idl: options', () => {
  it('joins paths so that a file has one name', () => {
    expect(joinPath('', 'a.x')).to.equal('a.x');
    expect(joinPath('dir/', 'a.x')).to.equal('dir/a.x');
    expect(joinPath('dir/sub', '../a.x')).to.equal('dir/a.x');
    expect(joinPath('./dir//.', './a.x')).to.equal('dir/a.x');
    expect(joinPath('dir', '../../a.x')).to.equal('../a.x');
    expect(joinPath('..', '../a.x')).to.equal('../../a.x');
    expect(joinPath('/dir', '../../a.x')).to.equal('/a.x');
    expect(joinPath('dir', '/abs/a.x')).to.equal('/abs/a.x');
  });

  it('has a limit for everything', () => {
    expect(Object.values(resolveLimits()).every((n) => n > 0)).to.equal(true);
    expect(resolveLimits({ maxErrors: 3 }).maxErrors).to.equal(3);
  });
});
