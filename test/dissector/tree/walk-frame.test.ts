import { expect } from 'chai';
import { udpPacket } from '../network/build.ts';
import { below, explain, fields } from './explain.ts';

const packet = udpPacket('10.0.0.1', 1000, '10.0.0.2', 2000, Buffer.from('hi'));

describe('walk frame', () => {
  it('shows a packet of a file without interfaces', () => {
    const [first] = explain([packet]);
    expect(first?.lines[0]).to.equal('Frame 1: 44 bytes on wire (352 bits), 44 bytes captured (352 bits)');
    const lines = below(first, 'Frame 1').filter((line) => !line.includes('Arrival'));
    expect(lines).to.deep.equal([
      '    Encapsulation type: Ethernet (1)',
      '    [Time shift for this packet: 0.000000000 seconds]',
      '    Epoch Time: 1.001000000 seconds',
      '    [Time delta from previous captured frame: 0.000000000 seconds]',
      '    [Time delta from previous displayed frame: 0.000000000 seconds]',
      '    [Time since reference or first frame: 0.000000000 seconds]',
      '    Frame Number: 1',
      '    Frame Length: 44 bytes (352 bits)',
      '    Capture Length: 44 bytes (352 bits)',
      '    [Frame is marked: False]',
      '    [Frame is ignored: False]',
      '    [Protocols in frame: eth:ethertype:ip:udp:data]',
    ]);
  });

  it('names the interface where the file has one', () => {
    const [first] = explain([packet], { interfaceName: (section, id) => `eth${section}${id}` });
    expect(first?.lines.slice(0, 4)).to.deep.equal([
      'Frame 1: 44 bytes on wire (352 bits), 44 bytes captured (352 bits) on interface eth10, id 0',
      '    Section number: 1',
      '    Interface id: 0 (eth10)',
      '        Interface name: eth10',
    ]);
  });

  it('counts time from the first, the previous and the displayed packet', () => {
    const names = ['frame.time_relative', 'frame.time_delta', 'frame.time_epoch', 'frame.cap_len'];
    const sent = [
      { bytes: packet, time: 1_795_353_598_019_603_000n },
      { bytes: packet, time: 1_795_353_598_019_603_004n, cut: 40 },
      { bytes: packet, time: 1_795_353_598_019_603_001n },
    ];
    expect(fields(sent, names)).to.deep.equal([
      '0.000000000\t0.000000000\t1795353598.019603000\t44',
      '0.000000004\t0.000000004\t1795353598.019603004\t40',
      '0.000000001\t-0.000000003\t1795353598.019603001\t44',
    ]);
  });
});
