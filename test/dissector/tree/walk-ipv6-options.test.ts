import { expect } from 'chai';
import { ETHERTYPE, ethernet, ipv6, udp } from '../network/build.ts';
import { below, explain, fields } from './explain.ts';

/** A packet with one hop-by-hop header of these options. */
function packetOf(options: string): Buffer {
  const bytes = Buffer.from(options, 'hex');
  const header = Buffer.concat([Buffer.from([17, (bytes.length + 2) / 8 - 1]), bytes]);
  return ethernet(ETHERTYPE.IPV6, ipv6('fd00::1', 'fd00::2', 0, udp(1, 2, Buffer.from('x')), header));
}

const NAMES = ['type', 'length', 'padn', 'router_alert', 'jumbo', 'experimental', 'unknown'].map(
  (name) => `ipv6.opt.${name}`,
);

describe('walk IPv6 options', () => {
  it('shows an option bit by bit', () => {
    const [frame] = explain([packetOf('050200000100')]);
    expect(below(frame, 'Internet Protocol Version 6, Src: fd00::1, Dst: fd00::2').slice(-14)).to.deep.equal([
      '        Router Alert',
      '            Type: Router Alert (0x05)',
      '                00.. .... = Action: Skip and continue (0)',
      '                ..0. .... = May Change: No',
      '                ...0 0101 = Low-Order Bits: 0x05',
      '            Length: 2',
      '            Router Alert: MLD (0)',
      '        PadN',
      '            Type: PadN (0x01)',
      '                00.. .... = Action: Skip and continue (0)',
      '                ..0. .... = May Change: No',
      '                ...0 0001 = Low-Order Bits: 0x01',
      '            Length: 0',
      '            PadN: <none>',
    ]);
  });

  it('tells the kinds apart', () => {
    const lines = fields(
      ['000000000000', '010400000000', 'c20400010000', '3e0261620000', 'e30461626364'].map(packetOf),
      NAMES,
    );
    expect(lines).to.deep.equal([
      '0x00,0x00,0x00,0x00,0x00,0x00\t\t\t\t\t\t',
      '0x01\t4\t00000000\t\t\t\t',
      '0xc2\t4\t\t\t65536\t\t',
      '0x3e,0x00,0x00\t2\t\t\t\t6162\t',
      '0xe3\t4\t\t\t\t\t61626364',
    ]);
  });

  it('ends with an option that claims more than there is', () => {
    expect(fields(['050200000502', '000000000001'].map(packetOf), NAMES)).to.deep.equal([
      '0x05\t2\t\t0\t\t\t',
      '0x00,0x00,0x00,0x00,0x00\t\t\t\t\t\t',
    ]);
  });
});
