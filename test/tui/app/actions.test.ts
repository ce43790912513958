import { expect } from 'chai';
import { ACTIONS } from '../../../tui/app/actions.ts';

describe('tui/app/actions', () => {
  it('each has an id of its own, and no key means two things', () => {
    const ids = ACTIONS.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    const keys = ACTIONS.flatMap((action) => action.keys);
    expect(new Set(keys).size).to.equal(keys.length);
  });

  it('no key is the beginning of others: they would never be reached', () => {
    const keys = ACTIONS.flatMap((action) => action.keys);
    const typed = keys.filter((key) => /^[A-Za-z]{2}$/.test(key));
    expect(typed).to.include('gg');
    for (const sequence of typed) expect(keys).not.to.include(sequence[0]);
  });
});
