import { expect } from 'chai';
import { udpPacket } from '../network/build.ts';
import { below, explain, fields } from './explain.ts';

const there = udpPacket('10.0.0.1', 1000, '10.0.0.2', 2000, Buffer.from('hi'));
const back = udpPacket('10.0.0.2', 2000, '10.0.0.1', 1000, Buffer.from('yo'));
const other = udpPacket('10.0.0.1', 1001, '10.0.0.2', 2000, Buffer.alloc(0));

describe('walk UDP', () => {
  it('shows the header, the flow and the payload', () => {
    const frames = explain([there, back]);
    expect(below(frames[1], 'User Datagram Protocol, Src Port: 2000, Dst Port: 1000')).to.deep.equal([
      '    Source Port: 2000',
      '    Destination Port: 1000',
      '    Length: 10',
      '    Checksum: 0x0000 [zero-value ignored]',
      '        [Checksum Status: Not present]',
      '    [Stream index: 0]',
      '    [Timestamps]',
      '        [Time since first frame: 0.001000000 seconds]',
      '        [Time since previous frame: 0.001000000 seconds]',
      '    UDP payload (2 bytes)',
    ]);
  });

  it('gives both ports twice, and a stream to each flow', () => {
    const names = ['udp.port', 'udp.stream', 'udp.payload', 'data.len'];
    expect(fields([there, other, back], names)).to.deep.equal([
      '1000,2000\t0\t6869\t2',
      '1001,2000\t1\t\t',
      '2000,1000\t0\t796f\t2',
    ]);
  });
});
