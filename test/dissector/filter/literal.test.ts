import { expect } from 'chai';
import { parseLiteral, writtenLiteral } from '../../../dissector/filter/literal.ts';
import type { FieldType } from '../../../dissector/tree/field.ts';

const word = (text: string) => ({ kind: 'word', text, at: 0, end: text.length }) as const;
const string = (value: string) =>
  ({ kind: 'string', value, raw: false, at: 0, end: value.length + 2 }) as const;
const read = (text: string, type: FieldType) => parseLiteral(word(text), type, null).value;
const hex = (text: string, type: FieldType) => Buffer.from(read(text, type) as Uint8Array).toString('hex');

describe('dissector/filter/literal', () => {
  it('reads numbers in four bases, up to the width of the type', () => {
    expect(['16', '0x10', '020', '0b10000'].map((t) => read(t, 'uint32'))).to.deep.equal([16, 16, 16, 16]);
    expect(read('255', 'uint8')).to.equal(255);
    expect(() => read('256', 'uint8')).to.throw('too big for this field, maximum 255');
    expect(() => read('128', 'int8')).to.throw('maximum 127');
    expect(read('18446744073709551615', 'uint64')).to.equal(18446744073709551615n);
    for (const bad of ['08', '1.5', '0x', 'x', '1e3'])
      expect(() => read(bad, 'uint32'), bad).to.throw('not a valid number');
  });

  it('reads bytes in every notation', () => {
    expect(
      ['aa:bb:cc', 'aa.bb.cc', 'aa-bb-cc', 'aabbcc', '0xaabbcc'].map((t) => hex(t, 'bytes')),
    ).to.deep.equal(new Array(5).fill('aabbcc'));
    expect(hex('5', 'protocol')).to.equal('05');
    expect(
      Buffer.from(parseLiteral(string('é'), 'bytes', null).value as Uint8Array).toString('hex'),
    ).to.equal('c3a9');
    expect(() => read('aa:bb', 'ether')).to.throw('Ethernet address');
    expect(() => read('aab', 'bytes')).to.throw('byte string');
  });

  it('reads addresses', () => {
    expect(hex('10.1.2.3', 'ipv4')).to.equal('0a010203');
    expect(parseLiteral(word('10.0.0.0/8'), 'ipv4', null).prefix).to.equal(8);
    expect(hex('::', 'ipv6')).to.equal('0'.repeat(32));
    expect(hex('1::2:3', 'ipv6')).to.equal(`0001${'0'.repeat(20)}00020003`);
    expect(hex('::ffff:10.1.2.3', 'ipv6')).to.equal(`${'0'.repeat(20)}ffff0a010203`);
    for (const bad of ['1:2:3:4:5:6:7:8:9', '1::2::3', ':::', '12345::', '::1.2.3']) {
      expect(() => read(bad, 'ipv6'), bad).to.throw('IPv6 address');
    }
    for (const bad of ['256.1.1.1', '1.1.1', '1.1.1.1.1'])
      expect(() => read(bad, 'ipv4'), bad).to.throw('IPv4 address');
  });

  it('reads durations and dates to the nanosecond', () => {
    expect(read('1.5', 'reltime')).to.equal(1_500_000_000);
    expect(read('.000000001', 'reltime')).to.equal(1);
    expect(read('99999999999', 'reltime')).to.equal(99_999_999_999_000_000_000n);
    expect(() => read('1s', 'reltime')).to.throw('not a valid time');
    const date = (text: string) => parseLiteral(string(text), 'abstime', null).value;
    expect(date('2020-01-01 00:00:00.000000001Z')).to.equal(1_577_836_800_000_000_001n);
    expect(date('2020-01-01T02:00:00+02:00')).to.equal(1_577_836_800_000_000_000n);
    expect(date('Jan  1, 2020 00:00:00 UTC')).to.equal(1_577_836_800_000_000_000n);
    expect(date('2020-01-01')).to.equal(BigInt(new Date(2020, 0, 1).getTime()) * 1_000_000n);
    for (const bad of ['2020-13-01', 'Foo 1, 2020', '5', '2020-01-01 25:00:00']) {
      expect(() => date(bad), bad).to.throw('not a valid absolute time');
    }
  });

  it('writes a literal as it was', () => {
    expect(
      [word('a'), string('b'), { kind: 'char', code: 65, at: 0, end: 3 } as const].map(writtenLiteral),
    ).to.deep.equal(['a', '"b"', "'A'"]);
  });
});
