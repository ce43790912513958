import { expect } from 'chai';
import { expectMessage } from '../../fuzz/expect.ts';
import { Outcome, outcomesText } from '../../fuzz/outcome.ts';
import { caseNamed, PUT, served } from './base.ts';

const allowed = (ending: string, profile: 'strict' | 'lenient'): string =>
  outcomesText(expectMessage(caseNamed(PUT, ending).bytes, served, profile).allowed);

describe('fuzz/expect', () => {
  it('holds a strict server to the letter', () => {
    expect(allowed('/valid', 'strict')).to.equal('SUCCESS');
    expect(allowed('/bool.2@flag', 'strict')).to.equal('GARBAGE_ARGS');
    expect(allowed('/extra(4)', 'strict')).to.equal('GARBAGE_ARGS');
  });

  it('lets a lenient one take what harms nobody, and no more', () => {
    for (const ending of ['/bool.2@flag', '/extra(4)', '/enum.gap(3)@shade']) {
      expect(allowed(ending, 'lenient'), ending).to.equal('SUCCESS or GARBAGE_ARGS');
    }
    for (const ending of ['/trunc@every4@+0', '/len.2^31@name', '/size.max+1@name']) {
      expect(allowed(ending, 'lenient'), ending).to.equal('GARBAGE_ARGS');
    }
    expect(allowed('/hdr.rpcvers(3)', 'lenient')).to.equal(
      'GARBAGE_ARGS or RPC_MISMATCH or SILENCE or CLOSED',
    );
    expect(allowed('/auth.inner.long@cred', 'lenient')).to.equal(
      'SUCCESS or AUTH_ERROR or SILENCE or CLOSED',
    );
    expect(allowed('/auth.inner.gids-17@cred', 'lenient')).to.equal('AUTH_ERROR or SILENCE or CLOSED');
  });

  it('says why arguments are none, and allows what valid calls get', () => {
    const cut = expectMessage(
      caseNamed(PUT, '/trunc@every4@+0').bytes,
      served,
      'lenient',
      () => Outcome.AUTH_ERROR,
    );
    expect(cut.refused).to.equal('TRUNCATED');
    expect(outcomesText(cut.allowed)).to.equal('GARBAGE_ARGS or AUTH_ERROR');
    expect(expectMessage(caseNamed(PUT, '/hdr.trunc@+16').bytes, served, 'lenient').refused).to.equal(
      'HEADER',
    );
  });
});
