import { expect } from 'chai';
import { CaptureError } from '../../../dissector/capture/errors.ts';
import { endReason } from '../../../tui/sources/source.ts';

describe('tui/sources/source', () => {
  it('has words for what a capture or the system may do, and none for our own mistakes', () => {
    expect(endReason(new CaptureError('CORRUPT', 'a bad block', 42))).to.equal('a bad block at offset 42');
    expect(endReason(Object.assign(new Error('EIO: i/o error'), { syscall: 'read' }))).to.equal(
      'EIO: i/o error',
    );
    expect(endReason(new TypeError('x is not a function'))).to.equal(null);
  });
});
