import { expect } from 'chai';
import { ETHERTYPE } from '../network/build.ts';
import { gre, inner } from '../network/tunnel-packets.ts';
import { fields } from './explain.ts';

describe('walk expert', () => {
  it("has Wireshark's fields and numbers", () => {
    const packets = [
      gre(ETHERTYPE.IPV4, 0x8000, [0x1234_0000], inner(1)),
      gre(ETHERTYPE.IPV4, 0, [], inner(2)),
    ];
    const names = ['_ws.expert', '_ws.expert.severity', '_ws.expert.group', '_ws.expert.message'];
    const [wrong, right] = fields(packets, names);
    expect(wrong).to.match(
      /^Expert Info \(Warning\/Protocol\): (Incorrect GRE Checksum \[should be 0x[0-9a-f]{4}\])\t6291456\t150994944\t\1$/,
    );
    expect(right).to.equal('\t\t\t');
  });
});
