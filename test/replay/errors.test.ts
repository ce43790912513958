import { expect } from 'chai';
import { isReplayError, ReplayError } from '../../replay/index.ts';

describe('replay/errors', () => {
  it('tells its own errors from others', () => {
    expect(isReplayError(new ReplayError('LOST', 'gone'))).to.equal(true);
    expect(isReplayError(new Error('gone'))).to.equal(false);
  });
});
