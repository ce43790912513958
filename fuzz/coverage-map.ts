/**
 * Which characters of which scripts were ever executed, from V8's block coverage. Pure. V8 leaves out a nested block whose
 * count equals its parent's, so counts are painted in order over the offsets of a script, outer before inner, zeros too;
 * a list of ranges that were counted would miss every block that happened to be merged.
 */

/** As the inspector's Profiler gives it: ranges from the whole function to its innermost blocks. */
export interface CoveredRange {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

export interface CoveredScript {
  readonly scriptId: string;
  readonly url: string;
  /** in the order of their text; a nested one stands behind the one around it */
  readonly functions: readonly { readonly ranges: readonly CoveredRange[] }[];
}

export class CoverageMap {
  readonly #seen = new Map<string, Uint8Array>();
  #paint = new Uint8Array(1 << 16);
  #covered = 0;

  /** characters that were executed at least once */
  get covered(): number {
    return this.#covered;
  }

  /** Whether something was executed that never was before. */
  hasNews(scripts: readonly CoveredScript[]): boolean {
    return scripts.some((script) => this.#look(script, false));
  }

  /** The same, and remembers it. */
  add(scripts: readonly CoveredScript[]): boolean {
    let news = false;
    for (const script of scripts) if (this.#look(script, true)) news = true;
    return news;
  }

  #look({ scriptId, functions }: CoveredScript, remember: boolean): boolean {
    let end = 0;
    for (const { ranges } of functions) end = Math.max(end, ranges[0]?.endOffset ?? 0);
    if (end > this.#paint.length) this.#paint = new Uint8Array(end * 2);
    const paint = this.#paint;
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        paint.fill(count > 0 ? 1 : 0, startOffset, endOffset);
      }
    }
    const seen = this.#seenOf(scriptId, end);
    let news = false;
    let done = 0;
    for (const { ranges } of functions) {
      const whole = ranges[0];
      if (whole === undefined) continue;
      // A nested function's text was looked at with the one around it.
      for (let i = Math.max(done, whole.startOffset); i < whole.endOffset; i++) {
        if (paint[i] === 0 || seen[i] === 1) continue;
        news = true;
        if (!remember) break;
        seen[i] = 1;
        this.#covered++;
      }
      done = Math.max(done, whole.endOffset);
      if (news && !remember) break;
    }
    for (const { ranges } of functions) {
      const whole = ranges[0];
      if (whole !== undefined) paint.fill(0, whole.startOffset, whole.endOffset);
    }
    return news;
  }

  #seenOf(scriptId: string, length: number): Uint8Array {
    const known = this.#seen.get(scriptId);
    if (known !== undefined && known.length >= length) return known;
    const seen = new Uint8Array(length);
    if (known !== undefined) seen.set(known);
    this.#seen.set(scriptId, seen);
    return seen;
  }
}
