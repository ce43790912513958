import { expect } from 'chai';
import { checkFilter, completeFilter } from '../../../tui/trace/filter-check.ts';
import { captureFile, type Opened, open } from '../opened.ts';

describe('tui/trace/filter-check', () => {
  let opened: Opened;
  before(async () => {
    opened = await open(captureFile('nfs3-libnfs.pcap'));
  });
  after(() => opened.close());

  const check = (text: string) => checkFilter(text, opened.capture.inspection.walker, opened.capture.trace);
  const complete = (text: string) =>
    completeFilter(text, text.length, opened.capture.inspection.walker, opened.capture.trace);

  it('is valid, about nothing here, or wrong at a place', () => {
    expect(check('  ')).to.deep.equal({ state: 'empty' });
    expect(check('rpc.xid == 1 && nfs')).to.deep.equal({ state: 'valid' });
    expect(check('rpc.xid == 1 && virt')).to.deep.equal({
      state: 'unknown',
      message: 'no packet so far has virt',
    });
    expect(check('ipv6.addr == ::1').state).to.equal('unknown');
    expect(check('udp')).to.include({ state: 'unknown' });
    const wrong = check('rpc.xid == 1 && rpc.xyz');
    expect(wrong).to.deep.include({ state: 'invalid', at: 16, end: 23 });
  });

  it('completes names, those of protocols that are here first', () => {
    expect(complete('rpc.xi').words).to.deep.equal(['rpc.xid']);
    const { from, words } = complete('tcp && (nfs.rea');
    expect(from).to.equal(8);
    expect(words.length).to.be.greaterThan(2);
    expect(words.every((word) => word.startsWith('nfs.rea'))).to.equal(true);
    expect(complete('').words).to.deep.equal([]);
    const t = complete('t').words;
    expect(t.indexOf('tcp')).to.be.greaterThan(-1);
    expect(t.indexOf('tcp')).to.be.lessThan(t.indexOf('tls'));
  });

  it('completes values by their names', () => {
    expect(complete('rpc.msgtyp == ').words).to.deep.equal(['"Call"', '"Reply"']);
    expect(complete('rpc.msgtyp == "R').words).to.deep.equal(['"Reply"']);
    expect(complete('tcp.flags.syn == T').words).to.deep.equal(['True']);
    expect(complete('no.such == ').words).to.deep.equal([]);
  });
});
