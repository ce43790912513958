import { expect } from 'chai';
import { CliError, isCliError, systemReason } from '../../cli/errors.ts';

describe('cli/errors', () => {
  it('carries what, why, status and hint', () => {
    const e = new CliError('a.pcap', 'is broken', { hint: 'fix it', status: 3 });
    expect(e).to.include({
      what: 'a.pcap',
      why: 'is broken',
      hint: 'fix it',
      status: 3,
      message: 'a.pcap: is broken',
    });
    expect(new CliError('a', 'b').status).to.equal(2);
    expect(isCliError(e)).to.equal(true);
    expect(isCliError(new Error('x'))).to.equal(false);
  });

  it('says system errors in words', () => {
    expect(systemReason(Object.assign(new Error('ENOENT: x'), { code: 'ENOENT' }))).to.equal(
      'no such file or directory',
    );
    expect(systemReason(Object.assign(new Error('EODD: strange'), { code: 'EODD' }))).to.equal(
      'EODD: strange',
    );
    expect(systemReason('text')).to.equal('text');
  });
});
