import { expect } from 'chai';
import {
  comparePrefix,
  compareValues,
  familyOf,
  isNonZero,
  lengthOf,
  typeName,
} from '../../../dissector/filter/value.ts';

describe('dissector/filter/value', () => {
  it('orders numbers, wide and narrow, strings and bytes', () => {
    expect(compareValues(1, 2)).to.be.lessThan(0);
    expect(compareValues(2n, 2)).to.equal(0);
    expect(compareValues(3, 2n)).to.be.greaterThan(0);
    expect(compareValues('a', 'b')).to.be.lessThan(0);
    expect(compareValues(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).to.equal(0);
    expect(compareValues(Uint8Array.of(1), Uint8Array.of(1, 2))).to.be.lessThan(0);
    expect(compareValues(Number.NaN, 1)).to.be.NaN;
  });

  it('compares the leading bits of addresses', () => {
    const a = Uint8Array.of(10, 0b1010_0000, 0, 0);
    const b = Uint8Array.of(10, 0b1011_0000, 9, 9);
    expect(comparePrefix(a, b, 0)).to.equal(0);
    expect(comparePrefix(a, b, 8)).to.equal(0);
    expect(comparePrefix(a, b, 11)).to.equal(0);
    expect(comparePrefix(a, b, 12)).to.be.lessThan(0);
    expect(comparePrefix(a, a, 32)).to.equal(0);
    expect(comparePrefix(1, a, 8)).to.be.NaN;
  });

  it('knows lengths, families, names and zero', () => {
    expect(lengthOf('uint16', 5)).to.equal(2);
    expect(lengthOf('string', 'é')).to.equal(2);
    expect(lengthOf('bytes', new Uint8Array(3))).to.equal(3);
    expect(familyOf('ether')).to.equal('bytes');
    expect(typeName('uint32')).to.equal('Unsigned integer (4 bytes)');
    expect([0, 0n, '', new Uint8Array(2)].map(isNonZero)).to.deep.equal([false, false, false, false]);
    expect([1, -1n, 'a', Uint8Array.of(0, 1)].map(isNonZero)).to.deep.equal([true, true, true, true]);
  });
});
