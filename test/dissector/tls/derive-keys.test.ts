import { expect } from 'chai';
import { cipherSuite } from '../../../dissector/tls/cipher-suites.ts';
import { nextSecret, tls12Keys, tls13Keys } from '../../../dissector/tls/derive-keys.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

describe('dissector/tls/derive-keys', () => {
  it('derives the keys of RFC 8448 section 3', () => {
    const secret = hex('b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21');
    const { key, iv, macKey } = tls13Keys(cipherSuite(0x1301)!, secret);
    expect(key.toString('hex')).to.equal('dbfaa693d1762c5b666af5d950258d01');
    expect(iv.toString('hex')).to.equal('5bd3c71b836e0b76bb73265f');
    expect(macKey.length).to.equal(0);
  });

  it('makes another secret of the same length for a key update', () => {
    for (const [suite, bytes] of [
      [0x1301, 32],
      [0x1302, 48],
    ] as const) {
      const secret = Buffer.alloc(bytes, 7);
      const next = nextSecret(cipherSuite(suite)!, secret);
      expect(next.length).to.equal(bytes);
      expect(next.equals(secret)).to.equal(false);
    }
  });

  it('cuts the key block of TLS 1.2 by what the suite needs', () => {
    const master = Buffer.alloc(48, 1);
    const [a, b] = [Buffer.alloc(32, 2), Buffer.alloc(32, 3)];
    for (const [id, mac, key, iv] of [
      [0xc027, 32, 16, 0],
      [0x0035, 20, 32, 0],
      [0xc02f, 0, 16, 4],
      [0xcca8, 0, 32, 12],
    ] as const) {
      const [client, server] = tls12Keys(cipherSuite(id)!, master, a, b);
      for (const side of [client, server]) {
        expect([side.macKey.length, side.key.length, side.iv.length]).to.deep.equal([mac, key, iv]);
      }
      expect(client.key.equals(server.key)).to.equal(false);
      expect(tls12Keys(cipherSuite(id)!, master, b, a)[0].key.equals(client.key)).to.equal(false);
    }
  });
});
