/**
 * How much happened when, in a bounded number of equal intervals: where time goes on beyond them, two become one and
 * all are twice as long. Times in seconds; nothing throws.
 */

const MAX_INTERVALS = 2048;

export class Timeline {
  /** seconds of an interval */
  width = 1 / 4096;
  /** what was counted, by series, then interval */
  readonly #counts: number[][];
  #first = Number.NaN;

  constructor(series: number) {
    this.#counts = Array.from({ length: series }, () => []);
  }

  /** Seconds since the epoch at which the first interval begins. */
  get start(): number {
    return this.#first;
  }

  get length(): number {
    return Math.max(0, ...this.#counts.map((counts) => counts.length));
  }

  add(series: number, time: number): void {
    if (Number.isNaN(this.#first)) this.#first = time;
    // what is dated before the first is counted with it
    let at = Math.max(0, Math.floor((time - this.#first) / this.width));
    while (at >= MAX_INTERVALS) {
      this.#fold();
      at = Math.floor(at / 2);
    }
    const counts = this.#counts[series]!;
    while (counts.length <= at) counts.push(0);
    counts[at] = counts[at]! + 1;
  }

  /** A series in at most `parts` parts of the whole time. */
  counts(series: number, parts: number): number[] {
    const all = this.#counts[series]!;
    const length = this.length;
    const size = Math.max(1, Math.ceil(length / parts));
    return Array.from({ length: Math.ceil(length / size) }, (_, i) =>
      all.slice(i * size, (i + 1) * size).reduce((sum, n) => sum + n, 0),
    );
  }

  #fold(): void {
    this.width *= 2;
    for (const counts of this.#counts) {
      for (let i = 0; i < counts.length; i += 2) counts[i >> 1] = counts[i]! + (counts[i + 1] ?? 0);
      counts.length = (counts.length + 1) >> 1;
    }
  }
}
