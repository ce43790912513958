import { expect } from 'chai';
import fc from 'fast-check';
import { explainForeign } from '../../../dissector/tree/foreign-bytes.ts';
import { u32 } from '../network/build.ts';

const explained = (bytes: Buffer): string | null => explainForeign(bytes, 0, bytes.length);

describe('foreign bytes', () => {
  it('names what a length is when read otherwise', () => {
    expect(explained(Buffer.from('GET / HTTP/1.1\r\n'))).to.equal(
      'length 1195725856 is "GET ", the start of an HTTP request',
    );
    expect(explained(Buffer.from('HTTP/1.1 200 OK\r\n'))).to.match(/an HTTP response$/);
    expect(explained(Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'))).to.match(/an SSH banner$/);
    expect(explained(Buffer.from('160301020001', 'hex'))).to.match(/is a TLS handshake record$/);
    expect(explained(u32(28, 0x20008086, 1, 1, 0, 1, 0))).to.equal(
      'length 28 is a libvirt message of 28 bytes (program 0x20008086)',
    );
    expect(explained(Buffer.concat([Buffer.of(40, 0, 0, 0x80), Buffer.alloc(40)]))).to.match(
      /is a little-endian length, 40, which is what follows$/,
    );
    expect(explained(Buffer.from('MAIL FROM'))).to.match(/is "MAIL"$/);
  });

  it('says nothing of what could be anything', () => {
    expect(explained(u32(0x80000028, 1, 0, 2))).to.equal(null);
    expect(explained(Buffer.from('GET'))).to.equal(null);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => void explained(Buffer.from(bytes))));
  });
});
