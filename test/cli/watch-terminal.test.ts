import { expect } from 'chai';
import { refusal, showsUnicode } from '../../cli/watch-terminal.ts';

describe('cli/watch-terminal', () => {
  it('refuses what is no terminal, with advice', () => {
    expect(refusal(true, true, 'xterm')).to.equal(null);
    expect(refusal(true, false, 'xterm')!.why).to.equal('standard output is not a terminal');
    expect(refusal(false, true, 'xterm')!.why).to.equal('standard input is not a terminal');
    expect(refusal(true, true, 'dumb')!.why).to.equal('a terminal of type dumb cannot show it');
    expect(refusal(true, true, undefined)!.hint).to.include('--script');
  });

  it('draws with ASCII unless the locale says UTF-8', () => {
    expect(showsUnicode({ LANG: 'de_DE.UTF-8' })).to.equal(true);
    expect(showsUnicode({ LANG: 'C.utf8' })).to.equal(true);
    expect(showsUnicode({ LANG: 'en_US.UTF-8', LC_ALL: 'C' })).to.equal(false);
    expect(showsUnicode({})).to.equal(false);
  });
});
