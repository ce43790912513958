import { expect } from 'chai';
import { CaptureError, isCaptureError } from '../../../dissector/capture/errors.ts';

describe('capture errors', () => {
  it('carries a code, an offset and a reason, and is told from other errors', () => {
    const e = new CaptureError('TRUNCATED', 'cut', 12);
    expect(e).to.include({ name: 'CaptureError', code: 'TRUNCATED', offset: 12, message: 'cut' });
    expect(isCaptureError(e)).to.equal(true);
    expect(isCaptureError(new Error('cut'))).to.equal(false);
  });
});
