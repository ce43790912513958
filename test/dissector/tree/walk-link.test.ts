import { expect } from 'chai';
import { ipv4, u16, u32, udp } from '../network/build.ts';
import { below, explain, fields } from './explain.ts';

const ip = ipv4('10.0.0.1', '10.0.0.2', 17, udp(1, 2, Buffer.from('x')));
const ADDRESS = Buffer.from('0200000000010000', 'hex');

describe('walk link layers', () => {
  it('shows a Linux cooked header', () => {
    // sent by us, Ethernet, 6 bytes of address, IPv4
    const bytes = Buffer.concat([u16(4, 1, 6), ADDRESS, u16(0x0800), ip]);
    expect(below(explain([{ bytes, linkType: 113 }])[0], 'Linux cooked capture v1')).to.deep.equal([
      '    Packet type: Sent by us (4)',
      '    Link-layer address type: Ethernet (1)',
      '    Link-layer address length: 6',
      '    Source: 02:00:00:00:00:01',
      '    Unused: 0000',
      '    Protocol: IPv4 (0x0800)',
    ]);
  });

  it('shows a Linux cooked header of version 2', () => {
    // IPv4, reserved, interface 3, Ethernet, sent by us, 6 bytes of address
    const head = Buffer.concat([u16(0x0800, 0), u32(3), u16(1), Buffer.from([4, 6]), ADDRESS]);
    const [frame] = explain([{ bytes: Buffer.concat([head, ip]), linkType: 276 }]);
    expect(below(frame, 'Linux cooked capture v2')).to.deep.equal([
      '    Protocol: IPv4 (0x0800)',
      '    Interface index: 3',
      '    Link-layer address type: Ethernet (1)',
      '    Packet type: Sent by us (4)',
      '    Link-layer address length: 6',
      '    Source: 02:00:00:00:00:01',
      '    Unused: 0000',
    ]);
  });

  it('shows an address that is no Ethernet one as bytes', () => {
    const bytes = Buffer.concat([u16(0, 512, 4), Buffer.from('0a0b0c0d00000000', 'hex'), u16(0x0800), ip]);
    const names = ['sll.src.eth', 'sll.src.other', 'sll.unused', 'sll.hatype'];
    expect(fields([{ bytes, linkType: 113 }], names)).to.deep.equal(['\t0a0b0c0d\t00000000\t512']);
  });

  it('reads a loopback family in either byte order', () => {
    const little = { bytes: Buffer.concat([Buffer.from([2, 0, 0, 0]), ip]), linkType: 0 };
    const big = { bytes: Buffer.concat([u32(2), ip]), linkType: 0 };
    expect(fields([little, big], ['null.family', 'ip.dst'])).to.deep.equal(['2\t10.0.0.2', '2\t10.0.0.2']);
  });

  it('shows PPP with and without address and control', () => {
    const long = { bytes: Buffer.concat([Buffer.from('ff030021', 'hex'), ip]), linkType: 9 };
    expect(fields([long], ['ppp.address', 'ppp.control', 'ppp.protocol', 'ip.src'])).to.deep.equal([
      '0xff\t0x03\t0x0021\t10.0.0.1',
    ]);
    const short = { bytes: Buffer.concat([Buffer.from('0021', 'hex'), ip]), linkType: 9 };
    expect(fields([short], ['ppp.address', 'ppp.protocol'])).to.deep.equal(['\t0x0021']);
  });

  it('shows which way a PPP frame went where the capture says so', () => {
    // As `tshark -V` of 4.0.17 has it.
    const received = { bytes: Buffer.concat([Buffer.from('00ff030021', 'hex'), ip]), linkType: 204 };
    const sent = { bytes: Buffer.concat([Buffer.from('0121', 'hex'), ip]), linkType: 204 };
    const [first, second] = explain([received, sent]);
    expect(first?.lines).to.include('    Encapsulation type: PPP with Directional Info (19)');
    expect(first?.lines).to.include('    Point-to-Point Direction: Received (1)');
    expect(below(first, 'Point-to-Point Protocol')).to.deep.equal([
      '    Address: 0xff',
      '    Control: 0x03',
      '    [Direction: DCE->DTE (1)]',
      '    Protocol: Internet Protocol version 4 (0x0021)',
    ]);
    expect(second?.lines).to.include('    Point-to-Point Direction: Sent (0)');
    expect(below(second, 'Point-to-Point Protocol')).to.deep.equal([
      '    [Direction: DTE->DCE (0)]',
      '    Protocol: Internet Protocol version 4 (0x0021)',
    ]);
    expect(fields([received, sent], ['frame.p2p_dir', 'ppp.direction', 'frame.protocols'])).to.deep.equal([
      '1\t1\tppp:ip:udp:data',
      '0\t0\tppp:ip:udp:data',
    ]);
  });

  it('names raw IP', () => {
    const [frame] = explain([{ bytes: ip, linkType: 101 }]);
    expect(frame?.lines).to.include('Raw packet data');
    expect(frame?.lines).to.include('    [Protocols in frame: raw:ip:udp:data]');
  });
});
