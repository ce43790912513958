/**
 * What a port mapper has been asked, by version: what GETSTAT answers. Only what was really served is counted; the
 * list of look-ups is bounded, the oldest goes out. Counters stop at the largest int.
 */
import { RPCBSTAT_HIGHPROC, RPCBVERS_STAT } from '../../codec/programs/rpcbind.gen.ts';

const LARGEST = 0x7fffffff;
const LOOKUPS = 256;

interface Lookups {
  readonly prog: number;
  readonly vers: number;
  readonly netid: string;
  success: number;
  failure: number;
}

class VersionCounts {
  readonly calls: number[] = new Array<number>(RPCBSTAT_HIGHPROC).fill(0);
  sets = 0;
  unsets = 0;
  readonly lookups = new Map<string, Lookups>();
}

export class Statistics {
  /** of versions 2, 3 and 4 */
  readonly #versions = Array.from({ length: RPCBVERS_STAT }, () => new VersionCounts());

  call(version: number, procedure: number): void {
    const { calls } = this.#of(version);
    calls[procedure] = more(calls[procedure] ?? 0);
  }

  /** A registration that was made. */
  set(version: number): void {
    const counts = this.#of(version);
    counts.sets = more(counts.sets);
  }

  unset(version: number): void {
    const counts = this.#of(version);
    counts.unsets = more(counts.unsets);
  }

  /** Somebody asked for an address. */
  lookup(version: number, prog: number, vers: number, netid: string, found: boolean): void {
    const { lookups } = this.#of(version);
    const key = `${prog} ${vers} ${netid}`;
    const entry = lookups.get(key) ?? { prog, vers, netid, success: 0, failure: 0 };
    if (found) entry.success = more(entry.success);
    else entry.failure = more(entry.failure);
    lookups.set(key, entry);
    if (lookups.size > LOOKUPS) {
      const oldest = lookups.keys().next();
      if (!oldest.done) lookups.delete(oldest.value);
    }
  }

  /** GETSTAT's result. Calls made for others are none: there is no CALLIT. */
  result(): unknown {
    return this.#versions.map((counts) => ({
      info: [...counts.calls],
      setinfo: counts.sets,
      unsetinfo: counts.unsets,
      addrinfo: [...counts.lookups.values()].map((entry) => ({ ...entry })),
      rmtinfo: [],
    }));
  }

  #of(version: number): VersionCounts {
    const counts = this.#versions[version - 2];
    if (counts === undefined) throw new RangeError(`no version ${version} of the port mapper`);
    return counts;
  }
}

function more(count: number): number {
  return count < LARGEST ? count + 1 : count;
}
