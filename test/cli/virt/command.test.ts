import { expect } from 'chai';
import { attempt, plain } from '../../../cli/virt/command.ts';
import { VirtError } from '../../../client/virt-error.ts';

describe('cli/virt/command', () => {
  it('says what was tried when the daemon refuses, and lets the rest pass', async () => {
    const refusal = new VirtError({ code: 42, domain: 12, level: 2, message: 'no such', detail: null });
    const failed = await attempt('Failed', () => Promise.reject(refusal)).catch((e: unknown) => e);
    expect(failed).to.include({ what: 'Failed', why: 'no such', status: 1 });
    const other = new Error('other');
    expect(await attempt('x', () => Promise.reject(other)).catch((e: unknown) => e)).to.equal(other);
    expect(await attempt('x', async () => 5)).to.equal(5);
  });

  it('writes 64-bit numbers as decimal strings', () => {
    expect(plain({ a: 2n ** 60n, b: [1n] })).to.deep.equal({ a: '1152921504606846976', b: ['1'] });
  });
});
