import { expect } from 'chai';
import { ETHERTYPE, ethernet, ipv4, udp } from '../network/build.ts';
import { below, explain, fields } from './explain.ts';

const datagram = udp(1, 2, Buffer.from('x'));
const packet = (options = {}) =>
  ethernet(ETHERTYPE.IPV4, ipv4('10.0.0.1', '10.0.0.2', 17, datagram, options));

describe('walk IPv4', () => {
  it('shows every field of the header', () => {
    const [frame] = explain([packet({ id: 0x4a3, ttl: 7 })]);
    const lines = below(frame, 'Internet Protocol Version 4, Src: 10.0.0.1, Dst: 10.0.0.2');
    expect(lines.filter((line) => !line.includes('Header Checksum'))).to.deep.equal([
      '    0100 .... = Version: 4',
      '    .... 0101 = Header Length: 20 bytes (5)',
      '    Differentiated Services Field: 0x00 (DSCP: CS0, ECN: Not-ECT)',
      '        0000 00.. = Differentiated Services Codepoint: Default (0)',
      '        .... ..00 = Explicit Congestion Notification: Not ECN-Capable Transport (0)',
      '    Total Length: 29',
      '    Identification: 0x04a3 (1187)',
      '    000. .... = Flags: 0x0',
      '        0... .... = Reserved bit: Not set',
      "        .0.. .... = Don't fragment: Not set",
      '        ..0. .... = More fragments: Not set',
      '    ...0 0000 0000 0000 = Fragment Offset: 0',
      '    Time to Live: 7',
      '    Protocol: UDP (17)',
      '    [Header checksum status: Unverified]',
      '    Source Address: 10.0.0.1',
      '    Destination Address: 10.0.0.2',
    ]);
  });

  it('gives the fields that are hidden in the tree', () => {
    const names = ['ip.addr', 'ip.host', 'ip.src_host', 'ip.hdr_len', 'ip.id', 'ip.flags'];
    expect(fields([packet({ id: 1 })], names)).to.deep.equal([
      '10.0.0.1,10.0.0.2\t10.0.0.1,10.0.0.2\t10.0.0.1\t20\t0x0001\t0x00',
    ]);
    expect(fields([packet()], ['ip.dst', 'ip.addr'])).to.deep.equal(['10.0.0.2\t10.0.0.1,10.0.0.2']);
  });

  it('walks options up to a length that does not fit', () => {
    // NOP, router alert of 4 bytes, then a record route that claims 200 bytes of the 3 left
    const options = Buffer.from([1, 148, 4, 0, 0, 7, 200, 4]);
    expect(fields([packet({ options })], ['ip.opt.type', 'ip.opt.len', 'ip.hdr_len'])).to.deep.equal([
      '1,148,7\t4,200\t28',
    ]);
    expect(below(explain([packet({ options })])[0], 'Internet').slice(-7)).to.deep.equal(
      [
        '        IP Option - No Operation (NOP) (1 bytes)',
        '            Type: No Operation (NOP) (1)',
        '        IP Option - Router Alert (4 bytes)',
        '            Type: Router Alert (148)',
        '            Length: 4',
        '        IP Option - Record Route (3 bytes)',
        '            Type: Record Route (7)',
      ]
        .concat(['            Length: 200'])
        .slice(-7),
    );
  });
});
