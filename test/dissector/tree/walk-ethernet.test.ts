import { expect } from 'chai';
import { ETHERTYPE, ethernet, ipv4, u32, udp, vlan } from '../network/build.ts';
import { below, explain, fields } from './explain.ts';

const ip = ipv4('10.0.0.1', '10.0.0.2', 17, udp(1, 2, Buffer.from('x')));

describe('walk ethernet', () => {
  it('shows addresses bit by bit', () => {
    const [frame] = explain([ethernet(ETHERTYPE.IPV4, ip, '020000000001', 'ffffffffffff')]);
    expect(below(frame, 'Ethernet II, Src: 02:00:00:00:00:01, Dst: ff:ff:ff:ff:ff:ff')).to.deep.equal([
      '    Destination: ff:ff:ff:ff:ff:ff',
      '        Address: ff:ff:ff:ff:ff:ff',
      '        .... ..1. .... .... .... .... = LG bit: Locally administered address (this is NOT the factory default)',
      '        .... ...1 .... .... .... .... = IG bit: Group address (multicast/broadcast)',
      '    Source: 02:00:00:00:00:01',
      '        Address: 02:00:00:00:00:01',
      '        .... ..1. .... .... .... .... = LG bit: Locally administered address (this is NOT the factory default)',
      '        .... ...0 .... .... .... .... = IG bit: Individual address (unicast)',
      '    Type: IPv4 (0x0800)',
    ]);
  });

  it('shows what stands behind the contents: padding, trailer, check sequence', () => {
    const zeros = (n: number) => Buffer.alloc(n);
    // headers and contents are 43 bytes
    const behind = (trailer: Uint8Array) => ethernet(ETHERTYPE.IPV4, Buffer.concat([ip, trailer]));
    const packets = [
      behind(zeros(17)),
      behind(zeros(3)),
      behind(Buffer.alloc(17, 7)),
      behind(Buffer.concat([zeros(17), Buffer.from('abcd')])),
      behind(Buffer.concat([zeros(17), Buffer.from('xyabcd')])),
      ethernet(ETHERTYPE.VLAN, vlan(5, ETHERTYPE.IPV4, Buffer.concat([ip, zeros(13), Buffer.from('abcd')]))),
    ];
    const padding = '00'.repeat(17);
    expect(fields(packets, ['eth.padding', 'eth.trailer', 'eth.fcs', 'vlan.trailer'])).to.deep.equal([
      `${padding}\t\t\t`,
      '\t000000\t\t',
      `\t${'07'.repeat(17)}\t\t`,
      `${padding}\t\t0x61626364\t`,
      `${padding}\t7879\t0x61626364\t`,
      `${padding.slice(8)}\t\t\t61626364`,
    ]);
  });

  it('names a frame with a length as tshark does', () => {
    const [frame] = explain([ethernet(3, Buffer.from('424203', 'hex'))]);
    expect(below(frame, 'IEEE 802.3 Ethernet ').at(-1)).to.equal('    Length: 3');
  });

  it('shows tags one after the other', () => {
    const inner = vlan(0x6007, ETHERTYPE.IPV4, ip);
    const packet = ethernet(ETHERTYPE.QINQ, vlan(0x1123, ETHERTYPE.VLAN, inner));
    expect(
      fields([packet], ['eth.type', 'vlan.id', 'vlan.priority', 'vlan.dei', 'vlan.etype']),
    ).to.deep.equal(['0x88a8\t291,7\t0,3\t1,0\t0x8100,0x0800']);
    const [frame] = explain([packet]);
    expect(below(frame, '802.1Q Virtual LAN, PRI: 3, DEI: 0, ID: 7')).to.deep.equal([
      '    011. .... .... .... = Priority: Excellent Effort (3)',
      '    ...0 .... .... .... = DEI: Ineligible',
      '    .... 0000 0000 0111 = ID: 7',
      '    Type: IPv4 (0x0800)',
    ]);
  });

  it('shows MPLS labels', () => {
    // label 16, experimental 1, not the bottom, TTL 64; label 17, bottom
    const labels = u32((16 << 12) | (1 << 9) | 64, (17 << 12) | (1 << 8) | 63);
    const packet = ethernet(ETHERTYPE.MPLS, Buffer.concat([labels, ip]));
    expect(fields([packet], ['mpls.label', 'mpls.exp', 'mpls.bottom', 'mpls.ttl', 'ip.src'])).to.deep.equal([
      '16,17\t1,0\t0,1\t64,63\t10.0.0.1',
    ]);
  });
});
