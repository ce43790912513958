import { expect } from 'chai';
import { ReplyFrames } from '../../../dissector/session/reply-frames.ts';

describe('dissector/session/reply-frames', () => {
  it('answers in the second pass only, and grows', () => {
    const frames = new ReplyFrames();
    frames.set(5, 50);
    frames.set(100_000, 7);
    expect(frames.get(5)).to.equal(0);
    frames.seal();
    frames.set(5, 99);
    expect([frames.get(5), frames.get(100_000), frames.get(6), frames.get(1e9)]).to.deep.equal([50, 7, 0, 0]);
  });
});
