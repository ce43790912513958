/** The generated codec beside the walker: random types and values, damaged bytes, damaged values, one seed each. */
import { isDeepStrictEqual } from 'node:util';
import { decode, encode, isXdrError, randomValue, rngOf } from '../../codec/xdr/index.ts';
import { damageValue, randomType } from '../../test/codec/xdr/arbitrary.ts';
import type { Row } from '../row.ts';
import type { SoakOptions } from './options.ts';

const TIGHT = { depth: 3, list: 2, array: 3, string: 4, opaque: 4 };

/** A value, or code, offset and path of the error: what both must agree on. */
function outcome(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch (e) {
    if (!isXdrError(e)) throw e;
    return { code: e.code, offset: e.offset, path: e.path };
  }
}

/** Compares for one seed; how many comparisons that was. Throws where they differ. */
function compare(seed: number): number {
  const rng = rngOf(seed);
  const type = randomType(rng, { zeroSized: seed % 3 === 0 });
  const value = randomValue(type, rng);
  const bytes = encode(type, value);
  const changed = Uint8Array.from(bytes);
  for (let n = 1 + (rng() % 3); n > 0 && changed.length > 0; n--) changed[rng() % changed.length] = rng();
  let count = 0;
  const same = (what: string, run: (codegen: boolean) => unknown): void => {
    const [fast, slow] = [outcome(() => run(true)), outcome(() => run(false))];
    if (!isDeepStrictEqual(fast, slow)) throw new Error(`seed ${seed}: ${what} differ`);
    count++;
  };
  const damaged = damageValue(value, rng);
  for (const limits of [{}, TIGHT]) {
    same('bytes of a value', (codegen) => encode(type, value, { codegen, limits }));
    same('bytes of a damaged value', (codegen) => encode(type, damaged, { codegen, limits }));
    for (const lenient of [false, true]) {
      same('values', (codegen) => decode(type, bytes, { codegen, limits, lenient }));
      same('values of damaged bytes', (codegen) => decode(type, changed, { codegen, limits, lenient }));
      const part = bytes.subarray(0, rng() % (bytes.length + 1));
      same('values of cut bytes', (codegen) => decode(type, part, { codegen, limits, lenient }));
    }
  }
  return count;
}

export async function run({ seed, seconds }: SoakOptions): Promise<Row[]> {
  const until = performance.now() + seconds * 1000;
  let [seeds, comparisons] = [0, 0];
  for (; performance.now() < until; seeds++) comparisons += compare(seed + seeds);
  return [
    {
      name: 'generated codec against walker: comparisons',
      value: comparisons,
      unit: '',
      note: `${seeds} types, no difference`,
    },
  ];
}
