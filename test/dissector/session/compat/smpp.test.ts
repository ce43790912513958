import { expect } from 'chai';
import { bytesAsChunk } from '../../../../dissector/session/compat/chunk.ts';
import { looksLikeSmpp, ONE_MORE_SEGMENT, readSmpp } from '../../../../dissector/session/compat/smpp.ts';
import { u32 } from '../../network/build.ts';

const chunk = (...words: number[]) => bytesAsChunk(u32(...words));

describe('dissector/session/compat/smpp', () => {
  it('goes by length, command and status', () => {
    expect(looksLikeSmpp(chunk(16, 1, 0, 0))).to.equal(true);
    expect(looksLikeSmpp(chunk(65_536, 0x80000004, 1, 0))).to.equal(true);
    expect(looksLikeSmpp(chunk(15, 1, 0, 0))).to.equal(false);
    expect(looksLikeSmpp(chunk(65_537, 1, 0, 0))).to.equal(false);
    expect(looksLikeSmpp(chunk(16, 10, 0, 0))).to.equal(false);
    expect(looksLikeSmpp(chunk(16, 1, 0))).to.equal(false);
  });

  it('asks for what its lengths promise', () => {
    expect(readSmpp(chunk(16, 1, 0, 0))).to.equal(null);
    expect(readSmpp(chunk(16, 1, 0, 0, 40, 1, 0, 0))).to.deep.equal({ offset: 16, more: 24 });
    expect(readSmpp(chunk(16, 1, 0, 0, 40))).to.deep.equal({ offset: 16, more: ONE_MORE_SEGMENT });
    expect(readSmpp(chunk(16, 1, 0, 0, 4, 1, 0, 0))).to.equal(null);
  });
});
