import { expect } from 'chai';
import { codecOf, xdr } from '../../codec/xdr/index.ts';
import { pointsOf } from '../../fuzz/points.ts';

describe('fuzz/points', () => {
  const type = xdr.struct({
    name: xdr.string(9),
    id: xdr.opaque(3),
    counts: xdr.varArray(xdr.int(), 5),
    on: xdr.bool(),
  });
  // length 2, 'h\u00e9' is 3 bytes and one of padding; id and one of padding; two ints; true
  const bytes = codecOf(type).encode({
    name: 'h\u00e9',
    id: Uint8Array.of(1, 2, 3),
    counts: [4, 5],
    on: true,
  });

  it('finds lengths, padding, counts and scalars where they are', () => {
    const found = pointsOf(type, bytes).points.map(({ kind, path, off, len }) => [kind, path, off, len]);
    expect(found).to.deep.equal([
      ['string', 'name', 0, 8],
      ['padding', 'name', 7, 1],
      ['padding', 'id', 11, 1],
      ['count', 'counts', 12, 4],
      ['integer', 'counts[0]', 16, 4],
      ['integer', 'counts[1]', 20, 4],
      ['bool', 'on', 24, 4],
    ]);
  });

  it('counts from the start of the message, not of the value', () => {
    const message = new Uint8Array([...new Uint8Array(40), ...bytes]);
    expect(pointsOf(type, message, 40).points[0]).to.include({ off: 40, length: 3, limit: 9 });
  });

  it('maps no value that there is not', () => {
    expect(() => pointsOf(type, bytes.subarray(0, 20))).to.throw(TypeError);
  });
});
