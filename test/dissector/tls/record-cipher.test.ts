import { type CipherGCMTypes, createCipheriv, createHmac } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { type CipherSuite, cipherSuite } from '../../../dissector/tls/cipher-suites.ts';
import type { DirectionKeys } from '../../../dissector/tls/derive-keys.ts';
import { RecordCipher } from '../../../dissector/tls/record-cipher.ts';

function keysFor(suite: CipherSuite): DirectionKeys {
  const iv = suite.mode === 'cbc' ? 0 : suite.mode === 'chacha' || suite.tls13 ? 12 : 4;
  return {
    key: Buffer.alloc(suite.keyBytes, 1),
    iv: Buffer.alloc(iv, 2),
    macKey: Buffer.alloc(suite.mode === 'cbc' ? suite.tagBytes : 0, 3),
  };
}

function head(type: number, length: number): Buffer {
  return Buffer.from([type, 3, 3, length >> 8, length & 255]);
}

function sequence(seq: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUIntBE(seq, 2, 6);
  return bytes;
}

/** A record as a sender would seal it, with whole-block padding where there is any. */
function seal(
  suite: CipherSuite,
  type: number,
  plain: Buffer,
  seq: number,
  etm: boolean,
  padding: number,
): Buffer {
  const keys = keysFor(suite);
  const number = sequence(seq);
  if (suite.mode === 'cbc') {
    const mac = (data: Buffer) =>
      createHmac(suite.mac!, keys.macKey)
        .update(Buffer.concat([number, head(type, data.length), data]))
        .digest();
    const inner = etm ? plain : Buffer.concat([plain, mac(plain)]);
    const fill = 16 - (inner.length % 16);
    const iv = Buffer.alloc(16, 9);
    const cipher = createCipheriv(suite.cipher, keys.key, iv).setAutoPadding(false);
    const sealed = Buffer.concat([iv, cipher.update(Buffer.concat([inner, Buffer.alloc(fill, fill - 1)]))]);
    const body = etm ? Buffer.concat([sealed, mac(sealed)]) : sealed;
    return Buffer.concat([head(type, body.length), body]);
  }
  const inner = suite.tls13 ? Buffer.concat([plain, Buffer.from([type]), Buffer.alloc(padding)]) : plain;
  const masked = Buffer.concat([Buffer.alloc(4), number]).map(
    (byte, i) => byte ^ keys.iv[i % keys.iv.length]!,
  );
  const explicit = suite.tls13 || suite.mode === 'chacha' ? Buffer.alloc(0) : Buffer.alloc(8, 5);
  const nonce = explicit.length > 0 ? Buffer.concat([keys.iv, explicit]) : Buffer.from(masked);
  const outer = head(23, inner.length + suite.tagBytes);
  const aad = suite.tls13 ? outer : Buffer.concat([number, head(type, inner.length)]);
  const cipher = createCipheriv(suite.cipher as CipherGCMTypes, keys.key, nonce, {
    authTagLength: suite.tagBytes,
  });
  cipher.setAAD(aad, { plaintextLength: inner.length });
  const body = Buffer.concat([explicit, cipher.update(inner)]);
  cipher.final();
  const tagged = Buffer.concat([body, cipher.getAuthTag()]);
  return Buffer.concat([suite.tls13 ? outer : head(type, tagged.length), tagged]);
}

describe('dissector/tls/record-cipher', () => {
  const suites = [0x1301, 0x1302, 0x1303, 0x1304, 0x1305, 0xc02f, 0xc030, 0xcca8, 0xc0a1, 0x009d];
  const cases = [
    ...suites.map((id) => [id, false] as const),
    ...[0x002f, 0xc027, 0xc028].flatMap((id) => [[id, false] as const, [id, true] as const]),
  ];
  for (const [id, etm] of cases) {
    const suite = cipherSuite(id)!;
    const name = `${suite.tls13 ? '1.3' : '1.2'} ${suite.cipher}/${suite.tagBytes}${etm ? ' encrypt-then-MAC' : ''}`;

    it(`opens what ${name} sealed, under its number only`, () => {
      const cipher = new RecordCipher(suite, keysFor(suite), etm);
      fc.assert(
        fc.property(
          fc.uint8Array({ minLength: 1, maxLength: 100 }),
          fc.nat(2 ** 31),
          fc.nat(40),
          (bytes, seq, padding) => {
            const plain = Buffer.from(bytes);
            const record = Buffer.concat([Buffer.alloc(3), seal(suite, 22, plain, seq, etm, padding)]);
            const length = record.length - 8;
            const opened = cipher.open(record, 3, length, seq);
            expect(opened?.contentType).to.equal(22);
            expect(opened?.plain.equals(plain)).to.equal(true);
            expect(cipher.open(record, 3, length, seq + 1)).to.equal(null);
          },
        ),
        { numRuns: 20 },
      );
    });

    it(`opens nothing of ${name} when a bit is changed, or bytes are gone`, () => {
      const cipher = new RecordCipher(suite, keysFor(suite), etm);
      const record = seal(suite, 23, Buffer.from('nothing of this may be seen'), 7, etm, 0);
      for (let at = 5; at < record.length; at++) {
        const changed = Buffer.from(record);
        changed[at]! ^= 0x10;
        expect(cipher.open(changed, 0, record.length - 5, 7), `byte ${at}`).to.equal(null);
      }
      for (let length = 0; length < record.length - 5; length++) {
        expect(cipher.open(record, 0, length, 7)).to.equal(null);
      }
    });
  }
});
