import { expect } from 'chai';
import { pcapHeader, pcapRecord } from '../../../dissector/capture/write-pcap.ts';
import { readAll } from './read-all.ts';

describe('write pcap', () => {
  it('writes the header byte for byte', () => {
    expect(pcapHeader(1, { snapLength: 65535 }).toString('hex')).to.equal(
      'd4c3b2a1' + // magic, little-endian, microseconds
        '0200' + // major version
        '0400' + // minor version
        '00000000' + // time zone
        '00000000' + // accuracy
        'ffff0000' + // snap length
        '01000000', // Ethernet
    );
  });

  it('writes what the reader reads, in micro- and nanoseconds', () => {
    const data = Buffer.from('abc');
    const micro = readAll(Buffer.concat([pcapHeader(101), pcapRecord(1, 5, data, 90)])).packets[0];
    expect(micro).to.include({ time: '1.000005000', caplen: 3, len: 90, linkType: 101, data: '616263' });
    const nano = readAll(Buffer.concat([pcapHeader(1, { nanos: true }), pcapRecord(1, 5, data)])).packets[0];
    expect(nano).to.include({ time: '1.000000005', len: 3, linkType: 1 });
  });
});
