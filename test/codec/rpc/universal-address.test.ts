import { expect } from 'chai';
import fc from 'fast-check';
import {
  isIpv4,
  isIpv6,
  isNetid,
  isWildcard,
  parseUniversalAddress,
  universalAddress,
} from '../../../codec/rpc/universal-address.ts';

describe('codec/rpc/universal-address', () => {
  it('reads what rpcbind writes', () => {
    expect(parseUniversalAddress('127.0.0.1.0.111')).to.deep.equal({ host: '127.0.0.1', port: 111 });
    expect(parseUniversalAddress('0.0.0.0.8.1')).to.deep.equal({ host: '0.0.0.0', port: 2049 });
    expect(parseUniversalAddress('::.0.111')).to.deep.equal({ host: '::', port: 111 });
    expect(parseUniversalAddress('::1.132.1')).to.deep.equal({ host: '::1', port: 33_793 });
    expect(parseUniversalAddress('fe80::1%lo.255.255')).to.deep.equal({ host: 'fe80::1%lo', port: 65_535 });
    expect(parseUniversalAddress('::ffff:10.0.0.1.1.0')).to.deep.equal({
      host: '::ffff:10.0.0.1',
      port: 256,
    });
  });

  it('takes nothing else for an address', () => {
    for (const text of [
      '',
      '/run/rpcbind.sock',
      '127.0.0.1',
      '127.0.0.1.0',
      '127.0.0.1.256.0',
      '127.0.0.1.0.256',
      '127.0.0.01.0.1',
      '1.2.3.4.5.6.7',
      'localhost.0.111',
      ':::.0.1',
      '1:2:3:4:5:6:7.0.1',
      '1:2:3:4:5:6:7:8:9.0.1',
      '::1::2.0.1',
      '12345::.0.1',
      '127.0.0.1.-1.0',
      `${'1'.repeat(200)}.0.1`,
    ]) {
      expect(parseUniversalAddress(text), text).to.equal(null);
    }
  });

  it('writes what it reads', () => {
    const host = fc.oneof(
      fc.ipV4(),
      fc.ipV6().filter((text) => isIpv6(text)),
    );
    fc.assert(
      fc.property(host, fc.nat(65_535), (h, port) => {
        expect(parseUniversalAddress(universalAddress(h, port) as string)).to.deep.equal({ host: h, port });
      }),
    );
    expect(universalAddress('localhost', 1)).to.equal(null);
    expect(universalAddress('127.0.0.1', 65_536)).to.equal(null);
    expect(universalAddress('127.0.0.1', -1)).to.equal(null);
    expect(universalAddress('127.0.0.1', 1.5)).to.equal(null);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseUniversalAddress(text);
        isWildcard(text);
      }),
    );
  });

  it('knows hosts, wildcards and netids', () => {
    expect(isIpv4('1.2.3.4')).to.equal(true);
    expect(isIpv4('1.2.3')).to.equal(false);
    expect(isIpv6('::')).to.equal(true);
    expect(isIpv6('1:2:3:4:5:6:7:8')).to.equal(true);
    expect(isIpv6('::1.2.3.4')).to.equal(true);
    expect(isIpv6('1.2.3.4::')).to.equal(false);
    expect(['0.0.0.0', '::', '0:0:0:0:0:0:0:0', '::%lo'].map(isWildcard)).to.deep.equal([
      true,
      true,
      true,
      true,
    ]);
    expect(['127.0.0.1', '::1', 'x', ''].map(isWildcard)).to.deep.equal([false, false, false, false]);
    expect(isNetid('udp6')).to.equal(true);
    expect(isNetid('local')).to.equal(false);
    expect(isNetid('__proto__')).to.equal(false);
  });
});
