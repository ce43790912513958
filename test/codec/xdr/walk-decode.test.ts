import { expect } from 'chai';
import fc from 'fast-check';
import {
  type CodecOptions,
  codecOf,
  decode,
  decodeAt,
  encode,
  isXdrError,
  type LenientNote,
  type XdrErrorCode,
  xdr,
} from '../../../codec/xdr/index.ts';
import { randomValue, rngOf } from '../../../codec/xdr/random.ts';
import type { XdrType } from '../../../codec/xdr/types.ts';
import { traceDecode, walkDecode } from '../../../codec/xdr/walk-decode.ts';
import { randomType } from './arbitrary.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

type Refusal = [code: XdrErrorCode, offset: number, path: string];

/** What both decoders refuse with. */
function refusal(type: XdrType, bytes: Uint8Array, options: CodecOptions = {}): Refusal | undefined {
  const [fast, slow] = [true, false].map((codegen): Refusal | undefined => {
    try {
      decode(type, bytes, { ...options, codegen });
      return undefined;
    } catch (error) {
      if (!isXdrError(error)) throw error;
      return [error.code, error.offset, error.path];
    }
  });
  expect(fast).to.deep.equal(slow);
  return slow;
}

describe('strict decoding', () => {
  const inner = xdr.struct({ flag: xdr.bool(), kind: xdr.enumeration({ A: 1, B: 5 }) });
  const type = xdr.struct({ id: xdr.int(), items: xdr.varArray(inner, 4), name: xdr.string(5) });
  const good = hex('00000007 00000001 00000001 00000005 00000001 61000000');

  it('takes what is right', () => {
    expect(decode(type, good)).to.deep.equal({ id: 7, items: [{ flag: true, kind: 5 }], name: 'a' });
  });

  it('refuses with the code, the offset and the path', () => {
    const cases: [string, Refusal][] = [
      ['000000', ['TRUNCATED', 0, 'id']],
      ['00000007 00000005', ['LIMIT', 4, 'items']],
      ['00000007 00000002 00000001', ['TRUNCATED', 4, 'items']],
      ['00000007 00000001 00000002 00000005 00000000', ['BAD_BOOL', 8, 'items[0].flag']],
      ['00000007 00000001 00000001 00000002 00000000', ['BAD_ENUM', 12, 'items[0].kind']],
      ['00000007 00000000 00000006', ['LIMIT', 8, 'name']],
      ['00000007 00000000 00000005 6161616161', ['TRUNCATED', 8, 'name']],
      ['00000007 00000000 00000001 61000100', ['BAD_PADDING', 14, 'name']],
      ['00000007 00000000 00000000 00', ['TRAILING', 12, '']],
    ];
    for (const [text, expected] of cases) expect(refusal(type, hex(text)), text).to.deep.equal(expected);
    expect(refusal(xdr.short(), hex('00008000'))).to.deep.equal(['RANGE', 0, '']);
    expect(refusal(xdr.uchar(), hex('00000100'))).to.deep.equal(['RANGE', 0, '']);
    const union = xdr.union(['k', xdr.int()], [xdr.arm([1], 'a', xdr.int())]);
    expect(refusal(xdr.struct({ u: union }), hex('00000002'))).to.deep.equal(['BAD_UNION', 0, 'u.k']);
    expect(refusal(xdr.optional(xdr.int()), hex('00000002'))).to.deep.equal(['BAD_BOOL', 0, '']);
  });

  it('counts offsets from the start of the buffer it was given', () => {
    const padded = new Uint8Array([9, 9, 9, 9, 9, ...good, 1, 2]);
    expect(codecOf(type).decode(padded, 5, 5 + good.length)).to.deep.equal(decode(type, good));
    expect(decodeAt(type, padded, 5, padded.length).consumed).to.equal(good.length);
    expect(() => codecOf(type).decode(padded, 5))
      .to.throw()
      .that.includes({ code: 'TRAILING', offset: 5 + good.length });
    expect(() => codecOf(type).decode(padded, 5, 10))
      .to.throw()
      .that.includes({ code: 'TRUNCATED', offset: 9 });
    expect(() => codecOf(type).decode(padded, 5, 99)).to.throw(RangeError);
  });

  it('allows trailing bytes when told to', () => {
    expect(decode(xdr.int(), hex('0000000101'), { allowTrailing: true })).to.equal(1);
  });
});

describe('lenient decoding', () => {
  it('accepts, counts and says where', () => {
    const type = xdr.struct({
      b: xdr.bool(),
      e: xdr.enumeration({ A: 0 }),
      o: xdr.opaque(1),
      p: xdr.optional(xdr.int()),
    });
    const notes: LenientNote[] = [];
    const bytes = hex('00000007 00000009 61000001 00000002 00000003 ff');
    const value = decode(type, bytes, { lenient: true, onNote: (note) => notes.push(note) });
    expect(value).to.deep.equal({ b: true, e: 9, o: Uint8Array.of(0x61), p: 3 });
    expect(notes.map((n) => [n.code, n.offset, n.path])).to.deep.equal([
      ['BAD_BOOL', 0, 'b'],
      ['BAD_ENUM', 4, 'e'],
      ['BAD_PADDING', 11, 'o'],
      ['BAD_BOOL', 12, 'p'],
      ['TRAILING', 20, ''],
    ]);
    expect(encode(type, value, { lenient: true })).to.have.length(20);
  });

  it('takes only enums when only enums are lenient', () => {
    const type = xdr.struct({ e: xdr.enumeration({ A: 0 }), b: xdr.bool() });
    expect(decode(type, hex('00000009 00000001'), { lenientEnum: true })).to.deep.equal({ e: 9, b: true });
    expect(refusal(type, hex('00000009 00000002'), { lenientEnum: true })).to.deep.equal([
      'BAD_BOOL',
      4,
      'b',
    ]);
  });

  it('still refuses an arm that does not exist, and what is cut short', () => {
    const union = xdr.union(['k', xdr.bool()], [xdr.arm([false])]);
    expect(refusal(union, hex('00000005'), { lenient: true })).to.deep.equal(['BAD_UNION', 0, 'k']);
    expect(refusal(xdr.int(), hex('0000'), { lenient: true })).to.deep.equal(['TRUNCATED', 0, '']);
  });
});

describe('limits, at and above', () => {
  const list = xdr.struct({
    a: xdr.int(),
    get next() {
      return xdr.optional(list);
    },
  });
  const tree = xdr.struct({
    get kids() {
      return xdr.varArray(tree);
    },
  });

  it('holds declared sizes', () => {
    const cases: [XdrType, unknown, unknown][] = [
      [xdr.string(3), 'abc', 'abcd'],
      [xdr.string(3), 'a\u00e9', 'aa\u00e9'], // bytes, not characters
      [xdr.varOpaque(3), new Uint8Array(3), new Uint8Array(4)],
      [xdr.varArray(xdr.int(), 3), [1, 2, 3], [1, 2, 3, 4]],
    ];
    for (const [type, at, above] of cases) {
      expect(decode(type, encode(type, at))).to.deep.equal(at);
      expect(() => encode(type, above))
        .to.throw()
        .that.includes({ code: 'LIMIT', offset: 0, path: '' });
      const unlimited =
        type.kind === 'string'
          ? xdr.string()
          : type.kind === 'opaque'
            ? xdr.varOpaque()
            : xdr.varArray(xdr.int());
      expect(refusal(type, encode(unlimited, above))).to.deep.equal(['LIMIT', 0, '']);
    }
  });

  it('caps what declares no size', () => {
    const cases: [XdrType, unknown, CodecOptions, CodecOptions][] = [
      [xdr.string(), 'abc', { limits: { string: 3 } }, { limits: { string: 2 } }],
      [xdr.varOpaque(), new Uint8Array(3), { limits: { opaque: 3 } }, { limits: { opaque: 2 } }],
      [xdr.varArray(xdr.int()), [1, 2, 3], { limits: { array: 3 } }, { limits: { array: 2 } }],
      [xdr.optional(list), [{ a: 1 }, { a: 2 }], { limits: { list: 2 } }, { limits: { list: 1 } }],
    ];
    for (const [type, value, at, below] of cases) {
      const bytes = encode(type, value);
      expect(decode(type, bytes, at)).to.deep.equal(value);
      expect(encode(type, value, at)).to.deep.equal(bytes);
      expect(refusal(type, bytes, below)?.[0]).to.equal('LIMIT');
      expect(() => encode(type, value, below))
        .to.throw()
        .that.includes({ code: 'LIMIT' });
    }
  });

  it('holds the default length of a list', () => {
    const type = xdr.optional(list);
    const make = (n: number): Uint8Array => {
      const bytes = new Uint8Array(n * 8 + 4);
      for (let i = 0; i < n; i++) bytes[i * 8 + 3] = 1;
      return bytes;
    };
    expect(decode(type, make(100_000))).to.have.length(100_000);
    expect(refusal(type, make(100_001))).to.deep.equal(['LIMIT', 800_000, '']);
  });

  it('holds the depth', () => {
    const nested = (levels: number): Uint8Array => {
      // Each level is a struct and an array: two levels of depth. The last array is empty.
      const bytes = new Uint8Array(levels * 4);
      for (let i = 0; i < levels - 1; i++) bytes[i * 4 + 3] = 1;
      return bytes;
    };
    for (const depth of [64, 10, 1000]) {
      const options = { limits: { depth } };
      const levels = depth / 2;
      const value = decode(tree, nested(levels), options);
      expect(encode(tree, value, options)).to.have.length(levels * 4);
      const above = nested(levels + 1);
      const refused = refusal(tree, above, options);
      expect(refused?.[0]).to.equal('DEPTH');
    }
  });

  it('caps elements that take no bytes, whatever is left', () => {
    const type = xdr.varArray(xdr.struct({}));
    const many = (n: number): Uint8Array => hex(n.toString(16).padStart(8, '0'));
    expect(decode(type, many(1024))).to.have.length(1024);
    expect(refusal(type, many(1025))).to.deep.equal(['LIMIT', 0, '']);
    expect(refusal(type, many(0xffffffff))).to.deep.equal(['LIMIT', 0, '']);
    expect(decode(type, many(3), { limits: { zeroSized: 3 } })).to.have.length(3);
    expect(refusal(type, many(4), { limits: { zeroSized: 3 } })).to.deep.equal(['LIMIT', 0, '']);
    // All arrays of a message together.
    const several = xdr.array(type, 3);
    expect(refusal(several, hex('00000200 00000200 00000001'))).to.deep.equal(['LIMIT', 8, '[2]']);
    expect(() => encode(several, [Array(1024).fill({}), [{}], []]))
      .to.throw()
      .that.includes({ code: 'LIMIT' });
  });
});

describe('hostile bytes', () => {
  const types = Array.from({ length: 60 }, (_, i) => randomType(rngOf(i)));

  it('give a value or an XdrError for every prefix and every changed byte', () => {
    for (const [i, type] of types.entries()) {
      const bytes = encode(type, randomValue(type, rngOf(i), { nodes: 60 })).subarray(0, 400);
      for (let end = 0; end <= bytes.length; end++) refusal(type, bytes.subarray(0, end));
      for (let at = 0; at < bytes.length; at++) {
        for (const change of [1, 0x80, 0xff]) {
          const damaged = bytes.slice();
          damaged[at] = (damaged[at] as number) ^ change;
          refusal(type, damaged);
        }
      }
    }
  });

  it('give a value or an XdrError when random', () => {
    fc.assert(
      fc.property(fc.nat(types.length - 1), fc.uint8Array({ maxLength: 200 }), (i, bytes) => {
        refusal(types[i] as XdrType, bytes);
      }),
      { numRuns: 500 },
    );
  });

  it('take time that grows with their length only', () => {
    // A list of arrays of strings, all promising as much as could still come.
    const type = xdr.varArray(xdr.varArray(xdr.varArray(xdr.string())));
    const time = (n: number): number => {
      const bytes = new Uint8Array(n);
      new DataView(bytes.buffer).setUint32(0, (n - 4) / 4);
      // of the processor, not of the clock: others may be at work on it
      const start = process.cpuUsage();
      for (let at = 4; at <= 12; at += 4) {
        refusal(type, bytes.subarray(0, n - at));
        decode(type, bytes, { allowTrailing: true });
      }
      const { user, system } = process.cpuUsage(start);
      return user + system;
    };
    time(40_000);
    // Taken in turns, so that what the engine does beside, or has learned meanwhile, is no matter of their length.
    let [small, large] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let i = 0; i < 10; i++) {
      small = Math.min(small, time(40_000));
      large = Math.min(large, time(640_000));
    }
    expect(large / small).to.be.below(16 * 6); // quadratic would be 256
  });
});

describe('who owns bytes', () => {
  const type = xdr.struct({ s: xdr.opaque(3), l: xdr.varOpaque(), q: xdr.quadruple(), t: xdr.string() });
  const value = {
    s: Uint8Array.of(1, 2, 3),
    l: new Uint8Array(100).fill(7),
    q: new Uint8Array(16).fill(5),
    t: 'text',
  };

  it('is the value, unless a view is asked for', () => {
    for (const codegen of [true, false]) {
      const bytes = encode(type, value);
      const copy = decode(type, bytes, { codegen });
      const view = decode(type, bytes, { codegen, bytes: 'view' });
      expect(view).to.deep.equal(value);
      bytes.fill(0xff);
      expect(copy).to.deep.equal(value);
      expect((view as typeof value).l).to.deep.equal(new Uint8Array(100).fill(0xff));
    }
  });

  it('is not the encoder', () => {
    const first = encode(xdr.varOpaque(), new Uint8Array(5).fill(1));
    encode(xdr.varOpaque(), new Uint8Array(5).fill(2));
    expect([...first.subarray(4)]).to.deep.equal([1, 1, 1, 1, 1, 0, 0, 0]);
  });
});

describe('walkDecode', () => {
  it('decodes within a range', () => {
    expect(walkDecode(xdr.int(), hex('ffffffff 00000005 ff'), 4, 9, {})).to.deep.equal({
      value: 5,
      consumed: 4,
    });
  });

  it('tells a tracer what it meets', () => {
    const seen: unknown[] = [];
    const type = xdr.struct({ a: xdr.int(), b: xdr.varArray(xdr.bool()) });
    const traced = traceDecode(
      type,
      hex('00000001 00000002 00000001 00000003'),
      0,
      16,
      {},
      {
        enter: (key, _type, off) => seen.push(['enter', key, off]),
        elements: (_type, count, off) => seen.push(['elements', count, off]),
        leave: (end, value) => seen.push(['leave', end, value]),
      },
    );
    expect(seen).to.deep.equal([
      ['enter', 'a', 0],
      ['leave', 4, 1],
      ['enter', 'b', 4],
      ['elements', 2, 8],
      ['enter', 0, 8],
      ['leave', 12, true],
      ['enter', 1, 12],
    ]);
    expect(traced.error).to.include({ code: 'BAD_BOOL', offset: 12 });
  });
});
