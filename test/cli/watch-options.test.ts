import { expect } from 'chai';
import { WATCH_OPTIONS } from '../../cli/watch-options.ts';

describe('cli/watch-options', () => {
  it('has what the contract names', () => {
    expect(WATCH_OPTIONS).to.include.keys('read-file', 'display-filter', 'script', 'size', 'idl');
    expect([WATCH_OPTIONS['read-file']!.short, WATCH_OPTIONS['display-filter']!.short]).to.deep.equal([
      'r',
      'Y',
    ]);
  });
});
