import { expect } from 'chai';
import { bytesAsChunk, tail } from '../../../../dissector/session/compat/chunk.ts';

describe('dissector/session/compat/chunk', () => {
  it('keeps both lengths right in a tail, also behind the captured bytes', () => {
    const c = { ...bytesAsChunk(Buffer.alloc(10)), wireLen: 30 };
    expect(tail(c, 0)).to.equal(c);
    expect(tail(c, 4)).to.include({ off: 4, len: 6, wireLen: 26 });
    expect(tail(c, 12)).to.include({ off: 12, len: 0, wireLen: 18 });
  });
});
