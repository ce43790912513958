import { expect } from 'chai';
import { decryptedData } from '../../../dissector/tls/record.ts';
import { listen, recorded } from './recorded.ts';

describe('dissector/tls/record', () => {
  const { portions, keyLog } = recorded('tls13-oncilla-starttls');
  // what comes before the first handshake record is RPC in the clear
  const tls = portions[0]!.slice(portions[0]!.findIndex((p) => p.bytes[0] === 22));

  it('gives the application data of records in order, and nothing of the handshake', () => {
    const { records, said } = listen(tls, keyLog).told;
    const client = records.filter((record) => record.dir === 0);
    expect(client.some((record) => record.contentType === 22)).to.equal(true);
    expect(decryptedData(client)?.equals(said[0])).to.equal(true);
    expect(decryptedData([])?.length).to.equal(0);
  });

  it('is null when there would be a hole', () => {
    expect(decryptedData(listen(tls, '').told.records)).to.equal(null);
  });
});
