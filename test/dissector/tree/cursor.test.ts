import { expect } from 'chai';
import { Cursor, ShortMessage } from '../../../dissector/tree/cursor.ts';
import { FieldCollector } from '../../../dissector/tree/field-collector.ts';
import { Registry } from '../../../dissector/tree/registry.ts';

const define = new Registry().definer('p');
const number = define('p.n', 'N', 'uint32');
const long = define('p.l', 'L', 'uint64');
const bytes = define('p.b', 'B', 'bytes');

/** A cursor over bytes [2, 2 + n) of a larger buffer. */
function cursor(n: number): Cursor {
  const buf = Buffer.from([9, 9, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 7, 9, 9]);
  return new Cursor(buf, new DataView(buf.buffer, buf.byteOffset, buf.length), 2, 2 + n);
}

describe('cursor', () => {
  it('announces what it reads and moves on', () => {
    const sink = new FieldCollector([number, long, bytes]);
    const c = cursor(12);
    expect(c.u32Field(sink, number)).to.equal(5);
    c.u64Field(sink, long);
    expect(sink.slot(long)?.values[0]).to.equal(7n);
    expect([c.off, c.left]).to.deep.equal([14, 0]);
    expect(sink.slot(number)?.offs[0]).to.equal(2);
  });

  it('never reads past the end', () => {
    const sink = new FieldCollector([number]);
    expect(() => cursor(3).u32()).to.throw(ShortMessage);
    expect(() => cursor(7).u64Field(sink, long)).to.throw(ShortMessage);
    expect(() => cursor(4).skip(5)).to.throw(ShortMessage);
    expect(() => cursor(4).bytesField(sink, bytes, 5)).to.throw(ShortMessage);
    expect(() => cursor(4).peek32(1)).to.throw(ShortMessage);
    expect(cursor(4).u32()).to.equal(5);
  });
});
