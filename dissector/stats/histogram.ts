/**
 * A histogram of whole numbers up to 2^53 with a bounded relative error, after HdrHistogram: numbers below 256 are
 * kept exactly, greater ones in 128 equal steps between one power of two and the next. A percentile is told as the
 * middle of its step, at most 1/256 (0.4 %) off. Memory: 512 bytes for each power of two that occurred. Never throws.
 */

const EXACT = 256;
const STEPS = 128;
const EXACT_BITS = 8;
/** Below this the operators on 32 bits do, which cost a tenth of the logarithm. */
const SMALL = 2 ** 31;

export class Histogram {
  count = 0;
  min = 0;
  max = 0;
  /** the first holds 0 to 255, each further one the next power of two */
  readonly #blocks: (Uint32Array | undefined)[] = [];

  add(value: number): void {
    this.min = this.count === 0 ? value : Math.min(this.min, value);
    this.max = Math.max(this.max, value);
    this.count++;
    if (value < EXACT) {
      this.#count(0, value, 1);
    } else if (value < SMALL) {
      const exponent = 32 - EXACT_BITS - Math.clz32(value);
      this.#count(exponent, (value >>> exponent) - STEPS, 1);
    } else {
      const exponent = exponentOf(value);
      this.#count(exponent, Math.floor(value / 2 ** exponent) - STEPS, 1);
    }
  }

  /** Counts what another has counted, too. */
  merge(other: Histogram): void {
    if (other.count === 0) return;
    this.min = this.count === 0 ? other.min : Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    this.count += other.count;
    for (const [exponent, block] of other.#blocks.entries()) {
      for (const [step, count] of (block ?? []).entries()) if (count > 0) this.#count(exponent, step, count);
    }
  }

  #count(exponent: number, step: number, by: number): void {
    let block = this.#blocks[exponent];
    if (block === undefined) {
      block = new Uint32Array(exponent === 0 ? EXACT : STEPS);
      this.#blocks[exponent] = block;
    }
    block[step] = block[step]! + by;
  }

  /** The value that `percent` of all do not exceed (nearest rank); 0 when there are none. */
  percentile(percent: number): number {
    const rank = Math.max(1, Math.ceil((percent / 100) * this.count));
    let seen = 0;
    for (let exponent = 0; exponent < this.#blocks.length; exponent++) {
      const block = this.#blocks[exponent];
      for (let step = 0; step < (block?.length ?? 0); step++) {
        seen += block![step]!;
        if (seen >= rank) return Math.min(this.max, Math.max(this.min, middle(exponent, step)));
      }
    }
    return this.max;
  }
}

/** How often a value must be halved to lie in 128 to 255. */
function exponentOf(value: number): number {
  const exponent = Math.floor(Math.log2(value)) - EXACT_BITS + 1;
  // the logarithm is rounded: just below a power of two it may be that power's
  return value < STEPS * 2 ** exponent ? exponent - 1 : exponent;
}

function middle(exponent: number, step: number): number {
  return exponent === 0 ? step : Math.floor((step + STEPS + 0.5) * 2 ** exponent);
}
