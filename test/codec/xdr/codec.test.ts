import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { codecOf, pairOf } from '../../../codec/xdr/codec.ts';
import { decode, encode, isXdrError } from '../../../codec/xdr/index.ts';
import type { CodecOptions } from '../../../codec/xdr/limits.ts';
import { randomValue, rngOf } from '../../../codec/xdr/random.ts';
import type { XdrType } from '../../../codec/xdr/types.ts';
import { Writer } from '../../../codec/xdr/writer.ts';
import { randomType } from './arbitrary.ts';

const seeds = fc.integer({ min: 0, max: 0x7fffffff });

/** A value, or code, offset and path of the error: what both implementations must agree on. */
function outcome(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch (error) {
    if (!isXdrError(error)) throw error;
    return { code: error.code, offset: error.offset, path: error.path };
  }
}

function bothDecode(type: XdrType, bytes: Uint8Array, options: CodecOptions = {}): void {
  const fast = outcome(() => decode(type, bytes, options));
  const slow = outcome(() => decode(type, bytes, { ...options, codegen: false }));
  expect(fast).to.deep.equal(slow);
}

describe('decoding bytes that are given away', () => {
  const type = {
    kind: 'array',
    fixed: false,
    element: { kind: 'opaque', fixed: false },
  } as unknown as XdrType;
  const read = (bytes: Uint8Array): Uint8Array[] => codecOf<Uint8Array[]>(type).decodeOwned(bytes);

  it('keeps an opaque that is most of them in place, and copies every other', () => {
    const long = new Uint8Array(40_000).fill(1);
    const [short, middle] = [new Uint8Array(100).fill(2), new Uint8Array(20_000).fill(3)];
    const bytes = encode(type, [short, long, middle]);
    const values = read(bytes);
    expect(values).to.deep.equal([short, long, middle]);
    expect(values.map(({ buffer }) => buffer === bytes.buffer)).to.deep.equal([false, true, false]);
    expect(codecOf<Uint8Array[]>(type).decode(bytes)[1]?.buffer).not.to.equal(bytes.buffer);
  });

  it('copies what is short, and what would keep much more than itself', () => {
    const small = encode(type, [new Uint8Array(8000)]);
    expect(read(small)[0]?.buffer).not.to.equal(small.buffer);
    const bytes = encode(type, [new Uint8Array(40_000)]);
    const large = new Uint8Array(100_000);
    large.set(bytes);
    expect(codecOf<Uint8Array[]>(type).decodeOwned(large, 0, bytes.length)[0]?.buffer).not.to.equal(
      large.buffer,
    );
  });

  it('refuses as ever', () => {
    expect(() => read(new Uint8Array(40_000).fill(1)))
      .to.throw()
      .with.property('code', 'TRUNCATED');
    expect(() => codecOf(type).decodeOwned(new Uint8Array(5)))
      .to.throw()
      .with.property('code', 'TRAILING');
  });
});

describe('generated codec against the walker', () => {
  it('agrees on values, and takes the fast path for them', () => {
    let refused = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = rngOf(seed);
        const type = randomType(rng, { zeroSized: seed % 3 === 0 });
        const value = randomValue(type, rng);
        const slow = encode(type, value, { codegen: false });
        const fast = encode(type, value);
        expect(fast).to.deep.equal(slow);
        const back = decode(type, fast);
        expect(back).to.deep.equal(decode(type, fast, { codegen: false }));
        expect(encode(type, back)).to.deep.equal(slow);
        const writer = new Writer();
        const limits = { maxDepth: 64, maxString: 9e9, maxOpaque: 9e9, maxArray: 9e9, maxList: 9e9 };
        try {
          pairOf(type).write(writer, value, limits, 1);
          expect(writer.take()).to.deep.equal(slow);
        } catch (error) {
          if (error instanceof Error) throw error;
          refused++;
        }
      }),
      { numRuns: 600 },
    );
    // Escaped strings and elements without bytes go to the walker; hardly anything else does.
    expect(refused).to.be.below(120);
  });

  it('agrees on damaged and random bytes, whatever the options', () => {
    fc.assert(
      fc.property(seeds, fc.uint8Array({ maxLength: 64 }), fc.boolean(), (seed, junk, lenient) => {
        const rng = rngOf(seed);
        const type = randomType(rng);
        bothDecode(type, junk, { lenient });
        const bytes = encode(type, randomValue(type, rng));
        bothDecode(type, bytes.subarray(0, rng() % (bytes.length + 1)), { lenient });
        if (bytes.length > 0) bytes[rng() % bytes.length] = rng();
        bothDecode(type, bytes, { lenient, bytes: 'view' });
        bothDecode(type, bytes, {
          lenientEnum: true,
          limits: { depth: 3, list: 2, array: 3, string: 4, opaque: 4 },
        });
      }),
      { numRuns: 600 },
    );
  });

  it('agrees on values of another type', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = rngOf(seed);
        const type = randomType(rng);
        const value = randomValue(randomType(rng), rng);
        const options: CodecOptions = { limits: { depth: 3, list: 2, array: 3, string: 4, opaque: 4 } };
        for (const o of [{}, options]) {
          const fast = outcome(() => encode(type, value, o));
          expect(fast).to.deep.equal(outcome(() => encode(type, value, { ...o, codegen: false })));
          const own = randomValue(type, rng);
          const again = outcome(() => encode(type, own, o));
          expect(again).to.deep.equal(outcome(() => encode(type, own, { ...o, codegen: false })));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('where no code may be generated from strings', () => {
  it('the walker does the work', () => {
    const script = `
      const { decode, encode, xdr } = await import('./codec/index.ts');
      const type = xdr.struct({ x: xdr.int(), y: xdr.optional(xdr.string(16)) });
      const bytes = encode(type, { x: -2, y: 'two' });
      console.log(JSON.stringify([Buffer.from(bytes).toString('hex'), decode(type, bytes)]));
      try { new Function('return 1')(); } catch (e) { console.log(e.name); }`;
    const flags = ['--disallow-code-generation-from-strings', '--import', 'tsx', '--input-type=module', '-e'];
    const run = spawnSync(process.execPath, [...flags, script], {
      cwd: join(import.meta.dirname, '../../..'),
      encoding: 'utf8',
    });
    expect(run.stdout, run.stderr).to.equal(
      '["fffffffe000000010000000374776f00",{"x":-2,"y":"two"}]\nEvalError\n',
    );
  });
});
