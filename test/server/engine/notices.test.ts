import { expect } from 'chai';
import { Notices } from '../../../server/engine/notices.ts';

describe('server/engine/notices', () => {
  it('lets the first through, then one in a time with the number of those between', () => {
    const notices = new Notices({ everyMs: 100 });
    expect(notices.take('a', 0)).to.equal(0);
    expect(notices.take('a', 1)).to.equal(null);
    expect(notices.take('a', 99)).to.equal(null);
    expect(notices.take('b', 99), 'another source').to.equal(0);
    expect(notices.take('a', 100)).to.equal(2);
    expect(notices.take('a', 200)).to.equal(0);
  });

  it('remembers so many sources, and forgets the one longest unheard of', () => {
    const notices = new Notices({ sources: 2 });
    for (const source of ['a', 'b', 'c']) notices.take(source, 0);
    expect(notices.size).to.equal(2);
    expect([notices.take('c', 1), notices.take('a', 1)]).to.deep.equal([null, 0]);
  });
});
