import { expect } from 'chai';
import { Layer } from '../../../dissector/network/frame.ts';

describe('frame', () => {
  it('has a number of its own for each kind of layer', () => {
    const kinds = Object.values(Layer);
    expect(new Set(kinds).size).to.equal(kinds.length);
  });
});
