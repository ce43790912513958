import { expect } from 'chai';
import { joined, messageBytes, partsOf } from '../../transport/message.ts';

describe('transport: messages on their way out', () => {
  const whole = Uint8Array.of(1, 2, 3);
  const parts = [Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3)];

  it('are as long as their parts', () => {
    expect([messageBytes(whole), messageBytes(parts), messageBytes([])]).to.deep.equal([3, 3, 0]);
  });

  it('are copied only where they come in parts', () => {
    expect(joined(whole)).to.equal(whole);
    expect([...joined(parts)]).to.deep.equal([1, 2, 3]);
    expect(partsOf(whole)).to.deep.equal([whole]);
    expect(partsOf(parts)).to.equal(parts);
  });
});
