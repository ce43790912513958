import { expect } from 'chai';
import { VERDICT_NAMES, Verdict } from '../../../codec/rpc/incoming.ts';

describe('rpc: verdicts', () => {
  it('have their name at their number, each once', () => {
    expect(VERDICT_NAMES).to.have.length(Object.keys(Verdict).length);
    for (const [name, number] of Object.entries(Verdict)) expect(VERDICT_NAMES[number]).to.equal(name);
  });
});
