/**
 * Which of the things that a source does over and over are worth a line in the log: the first, and one a minute with
 * the number of those in between. Bounded in sources; the one longest unheard of is forgotten. No clock.
 */

export interface NoticeLimits {
  /** a source gets one line in this time, milliseconds */
  readonly everyMs: number;
  /** sources remembered */
  readonly sources: number;
}

export const NOTICE_LIMITS: NoticeLimits = { everyMs: 60_000, sources: 1024 };

interface Source {
  since: number;
  unlogged: number;
}

export class Notices {
  readonly #limits: NoticeLimits;
  readonly #sources = new Map<string, Source>();

  constructor(limits: Partial<NoticeLimits> = {}) {
    this.#limits = { ...NOTICE_LIMITS, ...limits };
  }

  get size(): number {
    return this.#sources.size;
  }

  /** Null: no line. Else how many were left out since the last one. `now` in milliseconds, never going back. */
  take(source: string, now: number): number | null {
    const { everyMs, sources } = this.#limits;
    const known = this.#sources.get(source);
    if (known !== undefined && now - known.since < everyMs) {
      known.unlogged++;
      return null;
    }
    // Entered anew, so that the first one in the map is the one longest unheard of.
    this.#sources.delete(source);
    this.#sources.set(source, { since: now, unlogged: 0 });
    if (this.#sources.size > sources) {
      const oldest = this.#sources.keys().next();
      if (!oldest.done) this.#sources.delete(oldest.value);
    }
    return known?.unlogged ?? 0;
  }
}
