import { expect } from 'chai';
import { dsText, ETHERTYPES, IP_PROTOCOLS } from '../../../dissector/tree/network-names.ts';

describe('network names', () => {
  it('spells out differentiated services', () => {
    expect(dsText(0)).to.equal('DSCP: CS0, ECN: Not-ECT');
    expect(dsText((46 << 2) | 3)).to.equal('DSCP: EF PHB, ECN: CE');
    expect(dsText(3 << 2)).to.equal('DSCP: Unknown, ECN: Not-ECT');
  });

  it('names what the dissector decodes', () => {
    expect([0x0800, 0x86dd, 0x8100].map((t) => ETHERTYPES.get(t))).to.not.include(undefined);
    expect([6, 17, 44].map((p) => IP_PROTOCOLS.get(p))).to.not.include(undefined);
  });
});
