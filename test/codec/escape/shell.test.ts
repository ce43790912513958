import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { quoteShell } from '../../../codec/escape/shell.ts';
import { WELL_FORMED } from './corpus.ts';

describe('codec/escape/shell', () => {
  const words = WELL_FORMED.filter((text) => !text.includes('\0'));

  it('is taken by sh as the one word it is', () => {
    const script = `printf '%s\\0' ${words.map(quoteShell).join(' ')}`;
    const out = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
    expect(out.split('\0').slice(0, -1)).to.deep.equal(words);
  });

  it('leaves plain words readable', () => {
    expect(quoteShell('tcp://127.0.0.1:2049/export')).to.equal('tcp://127.0.0.1:2049/export');
    expect(quoteShell('a b')).to.equal("'a b'");
    expect(quoteShell('')).to.equal("''");
    expect(quoteShell('~')).to.equal("'~'");
  });

  it('refuses a NUL', () => {
    expect(() => quoteShell('a\0b')).to.throw(RangeError);
  });
});
