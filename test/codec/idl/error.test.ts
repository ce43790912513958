import { expect } from 'chai';
import { IdlError, IdlErrors, isIdlErrors, Unclosed, unexpected } from '../../../codec/idl/error.ts';

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

  it('stand in the order of the source, file by file', () => {
    const places = ['b.x:9:1', 'a.x:3:5', 'b.x:10:2', 'a.x:3:1', 'b.x:9:0', 'a.x:1:8'];
    const errors = new IdlErrors(
      places.map((place) => {
        const [file = '', line, column] = place.split(':');
        return new IdlError('no', { file, line: Number(line), column: Number(column) });
      }),
    );
    expect(errors.errors.map((e) => e.describe().slice(0, -': no'.length))).to.deep.equal([
      'b.x:9:0',
      'b.x:9:1',
      'b.x:10:2',
      'a.x:1:8',
      'a.x:3:1',
      'a.x:3:5',
    ]);
  });

  it('say where a brace opens, and what stands where it should close', () => {
    const { message, line, expected } = new Unclosed({ ...at, text: '{' }, { ...at, line: 7, text: 'const' });
    expect({ message, line, expected }).to.deep.equal({
      message: "'{' is not closed: expected '}' before 'const' in line 7",
      line: 3,
      expected: "'}'",
    });
  });

  it('come together', () => {
    const errors = new IdlErrors([new IdlError('one', at), new IdlError('two', at)]);
    expect(errors.message).to.equal('a.x:3:5: one\na.x:3:5: two');
    expect(isIdlErrors(errors)).to.equal(true);
    expect(isIdlErrors(errors.errors[0])).to.equal(false);
  });
});
