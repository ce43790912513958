import { expect } from 'chai';
import { readKeyLogs } from '../../cli/key-logs.ts';

describe('cli/key-logs', () => {
  it('names a file that it cannot read', () => {
    expect(() => readKeyLogs(['/nowhere/keys'])).to.throw('/nowhere/keys: no such file or directory');
    expect(() => readKeyLogs([])).to.not.throw();
  });
});
