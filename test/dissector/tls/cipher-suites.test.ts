import { expect } from 'chai';
import { cipherSuite, suitesForSecret } from '../../../dissector/tls/cipher-suites.ts';

describe('dissector/tls/cipher-suites', () => {
  it('knows how a suite seals, by its number in the registry', () => {
    // TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, TLS_RSA_WITH_AES_128_CBC_SHA, TLS_RSA_WITH_AES_256_CCM_8
    expect(cipherSuite(0xc028)).to.include({
      cipher: 'aes-256-cbc',
      mac: 'sha384',
      tagBytes: 48,
      hash: 'sha384',
    });
    expect(cipherSuite(0x002f)).to.include({
      cipher: 'aes-128-cbc',
      mac: 'sha1',
      tagBytes: 20,
      hash: 'sha256',
    });
    expect(cipherSuite(0xc0a1)).to.include({ cipher: 'aes-256-ccm', mac: null, tagBytes: 8, tls13: false });
    expect(cipherSuite(0x1303)).to.include({ cipher: 'chacha20-poly1305', keyBytes: 32, tls13: true });
  });

  it('knows none that it cannot decrypt', () => {
    // RC4, 3DES, NULL, renegotiation SCSV
    for (const id of [0x0005, 0x000a, 0x003b, 0x00ff, -1]) expect(cipherSuite(id)).to.equal(undefined);
  });

  it('tells what a secret of TLS 1.3 may belong to', () => {
    expect(suitesForSecret(48).map((suite) => suite.id)).to.deep.equal([0x1302]);
    expect(suitesForSecret(32).map((suite) => suite.id)).to.deep.equal([0x1301, 0x1303, 0x1304, 0x1305]);
    expect(suitesForSecret(20)).to.deep.equal([]);
  });
});
