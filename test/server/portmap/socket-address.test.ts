import { endianness } from 'node:os';
import { expect } from 'chai';
import fc from 'fast-check';
import { fromSocketAddress, toSocketAddress } from '../../../server/portmap/socket-address.ts';

const family = (n: number) => (endianness() === 'LE' ? [n, 0] : [0, n]);

describe('server/portmap/socket-address', () => {
  it('is the struct sockaddr of this machine', () => {
    expect([...toSocketAddress('127.0.0.1.8.1')!]).to.deep.equal([
      ...family(2),
      // port, address, zeros
      ...[8, 1, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ]);
    const six = [...toSocketAddress('2001:db8::1:2.0.111')!];
    expect(six.slice(0, 8)).to.deep.equal([...family(10), 0, 111, 0, 0, 0, 0]);
    expect(six.slice(8, 24)).to.deep.equal([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2]);
    expect(six.slice(24)).to.deep.equal([0, 0, 0, 0]);
  });

  it('is read back', () => {
    for (const text of [
      '0.0.0.0.0.111',
      '::.0.111',
      '::1.8.1',
      '2001:db8::1:2.0.1',
      '1:2:3:4:5:6:7:8.9.9',
      '1::8.0.0',
    ]) {
      expect(fromSocketAddress(toSocketAddress(text)!)).to.equal(text);
    }
    expect(fromSocketAddress(toSocketAddress('::ffff:1.2.3.4.0.1')!)).to.equal('::ffff:102:304.0.1');
    expect(fromSocketAddress(toSocketAddress('1:0:0:2::.0.1')!)).to.equal('1:0:0:2::.0.1');
  });

  it('is null for what is none, and never throws', () => {
    expect(toSocketAddress('/run/rpcbind.sock')).to.equal(null);
    for (const bytes of [[], [2], family(2), [...family(10), 0, 1], [...family(1), 0, 1, 2, 3, 4, 5]]) {
      expect(fromSocketAddress(Uint8Array.from(bytes))).to.equal(null);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        fromSocketAddress(bytes);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), (host) => {
        const made = toSocketAddress(`${host}.0.1`);
        expect(made === null || made.length === 28).to.equal(true);
      }),
    );
  });
});
