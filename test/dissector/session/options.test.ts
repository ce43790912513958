import { expect } from 'chai';
import { DEFAULT_LIMITS, DEFAULT_PREFERENCES, newCounters } from '../../../dissector/session/options.ts';

describe('dissector/session/options', () => {
  it("has tshark's defaults and the limits of the design", () => {
    expect(DEFAULT_PREFERENCES['rpc.max_tcp_pdu_size']).to.equal(4_194_304);
    expect(DEFAULT_PREFERENCES['rpc.dissect_unknown_programs']).to.equal(false);
    expect(DEFAULT_LIMITS).to.include({
      pendingCalls: 100_000,
      pendingSeconds: 120,
      fragmentsPerRecord: 4096,
    });
  });

  it('counts from zero', () => {
    expect(new Set(Object.values(newCounters()))).to.deep.equal(new Set([0]));
  });
});
