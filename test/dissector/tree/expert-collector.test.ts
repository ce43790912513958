import { expect } from 'chai';
import { ExpertCollector } from '../../../dissector/tree/expert-collector.ts';
import { PacketWalker } from '../../../dissector/tree/packet-walker.ts';
import { tcpPacket } from '../network/build.ts';
import { eachFrame } from './explain.ts';

describe('dissector/tree/expert-collector', () => {
  it('has the remarks of each packet, with whose they are', () => {
    const walker = new PacketWalker({ programs: [], tshark: false });
    const collector = new ExpertCollector();
    walker.attach(collector);
    const packet = (flags: number) =>
      tcpPacket('10.0.0.1', '10.0.0.2', { srcPort: 1, dstPort: 2, seq: 5, ack: 7, flags, window: 1 });
    const seen: unknown[] = [];
    eachFrame([packet(0x11), packet(0x10), packet(0x04)], walker, (frame, list) => {
      collector.reset();
      walker.walk(frame, list, collector);
      seen.push(collector.remarks.map(({ protocol, severity, message }) => [protocol, severity, message]));
    });
    expect(seen).to.deep.equal([
      [
        ['tcp', 0x200000, 'Connection finish (FIN)'],
        ['tcp', 0x400000, 'This frame initiates the connection closing'],
      ],
      [],
      [
        ['tcp', 0x400000, 'The acknowledgment number field is nonzero while the ACK flag is not set'],
        ['tcp', 0x600000, 'Connection reset (RST)'],
      ],
    ]);
  });
});
