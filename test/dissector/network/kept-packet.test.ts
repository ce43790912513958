import { expect } from 'chai';
import { KeptPacket } from '../../../dissector/network/kept-packet.ts';
import { ETHERTYPE, ethernet, ipv4, udp } from './build.ts';
import { Feeder, kindsOf, packetOf, payloadOf } from './decode.ts';

const datagram = (text: string) =>
  ethernet(ETHERTYPE.IPV4, ipv4('10.0.0.1', '10.0.0.2', 17, udp(1, 2, Buffer.from(text))));

describe('dissector/network/kept-packet', () => {
  it('keeps a decoded frame when its bytes are overwritten and the packet is used again', () => {
    const kept = new KeptPacket();
    for (const text of ['the first', 'and a longer one']) {
      const { decoder } = new Feeder();
      const packet = packetOf(datagram(text), 7);
      const frame = decoder.decode(packet);
      const kinds = kindsOf(frame);
      kept.take(frame);
      packet.buf.fill(0);
      packet.number = 8;
      expect(payloadOf(frame)).to.equal(text);
      expect(frame.packet).to.include({ number: 7, off: 3, caplen: packet.caplen });
      expect(kindsOf(frame)).to.deep.equal(kinds);
      const [eth] = frame.layers;
      expect(eth?.buf).to.equal(frame.packet.buf);
      expect(eth?.view.getUint16(eth.off + 12)).to.equal(ETHERTYPE.IPV4);
    }
  });

  it('leaves what stands in another buffer', () => {
    const { decoder } = new Feeder();
    const frame = decoder.decode(packetOf(datagram('x')));
    const reassembled = Buffer.from('elsewhere');
    frame.tbuf = reassembled;
    new KeptPacket().take(frame);
    expect(frame.tbuf).to.equal(reassembled);
  });
});
