import { expect } from 'chai';
import { isNullIpv6, NULL_IPV4 } from '../../../dissector/network/numbers.ts';

describe('protocol numbers', () => {
  it("knows every system's address family of IPv6", () => {
    for (const family of [10, 24, 28, 30]) expect(isNullIpv6(family)).to.equal(true);
    for (const family of [NULL_IPV4, 0, 7]) expect(isNullIpv6(family)).to.equal(false);
  });
});
