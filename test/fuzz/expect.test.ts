import { expect } from 'chai';
import { expectMessage } from '../../fuzz/expect.ts';
import { outcomesText } from '../../fuzz/outcome.ts';
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

  it('says why arguments are none, and where', () => {
    const refused = (ending: string) => expectMessage(caseNamed(PUT, ending).bytes, served, 'lenient');
    expect(refused('/trunc@every4@+0')).to.include({ refused: 'TRUNCATED', at: '' });
    expect(refused('/size.max+1@name')).to.include({ refused: 'LIMIT', at: 'name' });
    expect(refused('/hdr.trunc@+16')).to.include({ refused: 'HEADER', at: '' });
  });
});
