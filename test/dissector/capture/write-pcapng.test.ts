import { expect } from 'chai';
import {
  comment,
  decryptionSecrets,
  enhancedPacket,
  interfaceDescription,
  pcapngBlock,
  sectionHeader,
} from '../../../dissector/capture/write-pcapng.ts';
import { readAll } from './read-all.ts';

describe('write pcapng', () => {
  it('writes a block byte for byte', () => {
    expect(pcapngBlock(0x7777, Buffer.from('abcde')).toString('hex')).to.equal(
      '77770000' + // type
        '14000000' + // total length
        '6162636465000000' + // body, padded
        '14000000', // total length again
    );
  });

  it('writes what the reader reads', () => {
    const { packets, error, parser } = readAll(
      Buffer.concat([
        sectionHeader([comment('by hand')]),
        interfaceDescription(1, 96, [[2, Buffer.from('eth0')]]),
        decryptionSecrets(0x544c534b, Buffer.from('CLIENT_RANDOM')),
        enhancedPacket(0, 1_700_000_000, 123_456_789, Buffer.from('hello'), 60, [
          comment('one'),
          comment('two'),
        ]),
      ]),
    );
    expect(error).to.equal(null);
    expect(packets).to.have.length(1);
    expect(packets[0]).to.include({ time: '1700000000.123456789', caplen: 5, len: 60, data: '68656c6c6f' });
    expect(packets[0]!.comments).to.deep.equal(['one', 'two']);
    expect(parser.interfaces[0]).to.include({ name: 'eth0', snapLength: 96, linkType: 1 });
    expect(parser.secrets[0]!.data.toString()).to.equal('CLIENT_RANDOM');
  });
});
