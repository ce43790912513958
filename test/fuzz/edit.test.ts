import { expect } from 'chai';
import { applyEdit, counted, setWord, words } from '../../fuzz/edit.ts';

describe('fuzz/edit', () => {
  const message = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

  it('takes out, puts in, and leaves the message as it was', () => {
    expect([...applyEdit(message, { off: 2, remove: 3, insert: Uint8Array.of(9) })]).to.deep.equal([
      1, 2, 9, 6, 7, 8,
    ]);
    expect([...applyEdit(message, setWord(4, -2))]).to.deep.equal([1, 2, 3, 4, 255, 255, 255, 254]);
    expect([...message]).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('refuses what is not within the message', () => {
    expect(() => applyEdit(message, setWord(5, 0))).to.throw(RangeError);
    expect(() => applyEdit(message, setWord(-1, 0))).to.throw(RangeError);
  });

  it('counts and pads', () => {
    expect([...counted(Uint8Array.of(7, 8, 9, 10, 11))]).to.deep.equal([
      0, 0, 0, 5, 7, 8, 9, 10, 11, 0, 0, 0,
    ]);
    expect([...words(1, 0xffffffff)]).to.deep.equal([0, 0, 0, 1, 255, 255, 255, 255]);
  });
});
