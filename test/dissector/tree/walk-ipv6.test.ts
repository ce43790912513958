import { expect } from 'chai';
import { ETHERTYPE, ethernet, ipv6, ipv6Fragment, udp } from '../network/build.ts';
import { below, explain, fields } from './explain.ts';

const datagram = udp(1, 2, Buffer.from('x'));

describe('walk IPv6', () => {
  it('shows every field of the header', () => {
    const [frame] = explain([ethernet(ETHERTYPE.IPV6, ipv6('fd00::1', 'fd00::2', 17, datagram))]);
    expect(below(frame, 'Internet Protocol Version 6, Src: fd00::1, Dst: fd00::2')).to.deep.equal([
      '    0110 .... = Version: 6',
      '    .... 0000 0000 .... .... .... .... .... = Traffic Class: 0x00 (DSCP: CS0, ECN: Not-ECT)',
      '        .... 0000 00.. .... .... .... .... .... = Differentiated Services Codepoint: Default (0)',
      '        .... .... ..00 .... .... .... .... .... = Explicit Congestion Notification: Not ECN-Capable Transport (0)',
      '    .... 0000 0000 0000 0000 0000 = Flow Label: 0x00000',
      '    Payload Length: 9',
      '    Next Header: UDP (17)',
      '    Hop Limit: 64',
      '    Source Address: fd00::1',
      '    Destination Address: fd00::2',
    ]);
  });

  it('shows extension headers inside', () => {
    // hop-by-hop, then destination options, each 8 bytes of padding
    const extensions = Buffer.from('3c00010400000000' + '1100010400000000', 'hex');
    const packet = ethernet(ETHERTYPE.IPV6, ipv6('fd00::1', 'fd00::2', 0, datagram, extensions));
    const names = [
      'ipv6.hopopts.nxt',
      'ipv6.dstopts.nxt',
      'ipv6.dstopts.len_oct',
      'ipv6.addr',
      'ip.version',
      'udp.dstport',
    ];
    expect(fields([packet], names)).to.deep.equal(['60\t17\t8\tfd00::1,fd00::2\t6\t2']);
    expect(below(explain([packet])[0], 'Internet').slice(10, 14)).to.deep.equal([
      '    IPv6 Hop-by-Hop Option',
      '        Next Header: Destination Options for IPv6 (60)',
      '        Length: 0',
      '        [Length: 8 bytes]',
    ]);
  });

  it('shows a fragment header', () => {
    const packet = ethernet(
      ETHERTYPE.IPV6,
      ipv6('fd00::1', 'fd00::2', 44, Buffer.alloc(16), ipv6Fragment(17, 1480, true, 0x4b3)),
    );
    expect(below(explain([packet])[0], 'Internet').slice(-7)).to.deep.equal([
      '    Fragment Header for IPv6',
      '        Next header: UDP (17)',
      '        Reserved octet: 0x00',
      '        0000 0101 1100 1... = Offset: 185 (1480 bytes)',
      '        .... .... .... .00. = Reserved bits: 0',
      '        .... .... .... ...1 = More Fragments: Yes',
      '        Identification: 0x000004b3',
    ]);
  });
});
