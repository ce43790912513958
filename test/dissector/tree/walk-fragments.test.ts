import { expect } from 'chai';
import { ETHERTYPE, ethernet, ipv4, udp } from '../network/build.ts';
import { below, explain, fields } from './explain.ts';

const datagram = udp(1, 2, Buffer.alloc(16, 0x61));
const part = (from: number, to: number, more: boolean) =>
  ethernet(
    ETHERTYPE.IPV4,
    ipv4('10.0.0.1', '10.0.0.2', 17, datagram.subarray(from, to), {
      fragmentOffset: from,
      moreFragments: more,
    }),
  );
const packets = [part(0, 16, true), part(16, 24, false)];

describe('walk fragments', () => {
  it('lists the fragments in the frame that completes the datagram', () => {
    const names = ['ip.fragment', 'ip.fragment.count', 'ip.reassembled.length', 'udp.dstport'];
    expect(fields(packets, names)).to.deep.equal(['\t\t\t', '1,2\t2\t24\t2']);
    expect(fields(packets, ['ip.reassembled.data'])[1]).to.equal(datagram.toString('hex'));
  });

  it('shows them in the tree', () => {
    const frame = explain(packets)[1];
    expect(below(frame, 'Internet').slice(-6)).to.deep.equal([
      '    [2 IPv4 Fragments (24 bytes): #1, #2]',
      '        [Frame: 1]',
      '        [Frame: 2]',
      '        [Fragment count: 2]',
      '        [Reassembled IPv4 length: 24]',
      '        [Reassembled IPv4 data]',
    ]);
    expect(frame?.lines).to.include('User Datagram Protocol, Src Port: 1, Dst Port: 2');
  });
});
