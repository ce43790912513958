import { expect } from 'chai';
import { IdlError, IdlErrors, isIdlErrors, unexpected } from '../../../codec/idl/error.ts';

const at = { file: 'a.x', line: 3, column: 5 };

describe('idl: errors', () => {
  it('say file, line, column and reason', () => {
    expect(new IdlError('no good', at).describe()).to.equal('a.x:3:5: no good');
    expect(new IdlError('no good', at)).to.include({ token: '', expected: '', line: 3 });
  });

  it('name the token, or the end', () => {
    expect(unexpected({ ...at, text: 'x' }, 'a name')).to.include({
      message: "expected a name, found 'x'",
      token: 'x',
      expected: 'a name',
    });
    expect(unexpected({ ...at, text: '' }, 'a name').message).to.equal(
      'expected a name, found the end of the file',
    );
  });

  it('come together', () => {
    const errors = new IdlErrors([new IdlError('one', at), new IdlError('two', at)]);
    expect(errors.message).to.equal('a.x:3:5: one\na.x:3:5: two');
    expect(isIdlErrors(errors)).to.equal(true);
    expect(isIdlErrors(errors.errors[0])).to.equal(false);
  });
});
