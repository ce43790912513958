import { expect } from 'chai';
import { endpoint, ipv4Text, ipv6Text } from '../../../dissector/network/address.ts';
import { ipv4Address, ipv6Address } from './build.ts';

describe('addresses', () => {
  it('writes IPv4 as dotted decimal, at an offset', () => {
    expect(ipv4Text(Buffer.concat([Buffer.of(9), ipv4Address('10.0.200.255')]), 1)).to.equal('10.0.200.255');
  });

  it('writes endpoints', () => {
    expect(endpoint('1.2.3.4', 5)).to.equal('1.2.3.4:5');
    expect(endpoint('::1', 5)).to.equal('[::1]:5');
  });

  const cases: [hex: string, text: string][] = [
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['fe800000000000000000000000000000', 'fe80::'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['20010db8000100020003000400050006', '2001:db8:1:2:3:4:5:6'],
    ['20010000000000010000000000000001', '2001:0:0:1::1'],
    ['00000000000000000000ffff0a000001', '::ffff:10.0.0.1'],
  ];
  for (const [hex, text] of cases) {
    it(`writes ${text} as RFC 5952 has it`, () => {
      expect(ipv6Text(Buffer.from(hex, 'hex'), 0)).to.equal(text);
    });
  }

  it('agrees with the builder of the tests', () => {
    expect(ipv6Text(ipv6Address('fd00:1::42'), 0)).to.equal('fd00:1::42');
  });
});
