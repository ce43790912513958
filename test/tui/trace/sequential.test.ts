import { expect } from 'chai';
import { SequentialReader } from '../../../tui/trace/sequential.ts';
import { captureFile, open } from '../opened.ts';

describe('tui/trace/sequential', () => {
  it('gives each packet as the explainer does, forwards and from the beginning again', async () => {
    const opened = await open(captureFile('tls13-openssl-key-update.pcapng'));
    const { trace, bytes, explainer } = opened.capture;
    const reader = new SequentialReader(trace, bytes);
    for (const row of [...Array(trace.length).keys(), 0, 5]) {
      const packet = reader.packet(row);
      const expected = explainer.packet(row);
      const { off, caplen } = packet;
      expect(packet.buf.subarray(off, off + caplen).equals(expected.buf)).to.equal(true);
      const facts = ({ number, sec, nsec, len, linkType, interfaceId, section, hasTime }: typeof packet) => ({
        number,
        sec,
        nsec,
        len,
        linkType,
        interfaceId,
        section,
        hasTime,
      });
      expect(facts(packet)).to.deep.equal(facts(expected));
    }
    opened.close();
  });

  it('reads what a file no longer has as zeros', async () => {
    const opened = await open(captureFile('nfs3-libnfs.pcap'));
    const reader = new SequentialReader(opened.capture.trace, { read: () => 0 });
    const packet = reader.packet(3);
    expect(packet.buf.subarray(packet.off, packet.off + packet.caplen).every((b) => b === 0)).to.equal(true);
    opened.close();
  });
});
