import { expect } from 'chai';
import { frame } from '../../fuzz/expect.ts';
import { mutateFrame } from '../../fuzz/mutate-frame.ts';

describe('fuzz/mutate-frame', () => {
  const message = Uint8Array.from({ length: 44 }, (_, i) => i);
  const state = new Map([...mutateFrame(message)].map(({ id, bytes }) => [id, frame(bytes)]));

  it('splits a record that is whole all the same', () => {
    for (const n of [1, 3, 4, 22]) {
      expect(state.get(`frag.split(${n})`)?.state).to.equal('open');
      expect(state.get(`frag.split(${n})`)?.messages.map((bytes) => [...bytes])).to.deep.equal([
        [...message],
      ]);
    }
  });

  it('goes to the limit of empty fragments, and over it', () => {
    expect(state.get('frag.zero(8)')?.state).to.equal('open');
    expect(state.get('frag.zero(9)')?.state).to.equal('refused');
    expect(state.get('frag.endless')?.state).to.equal('refused');
    expect(state.get('frag.http')?.state).to.equal('refused');
  });

  it('leaves records unfinished', () => {
    for (const id of ['frag.nolast', 'frag.long', 'frag.half-mark', 'frag.huge(2147483647)-nolast']) {
      expect(state.get(id)?.messages, id).to.deep.equal([]);
    }
    expect(state.get('frag.half-mark')?.state).to.equal('partial');
  });
});
