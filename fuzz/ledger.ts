/**
 * The findings of a run by their buckets: what is known is counted, not found again. Pure.
 */
import { bucketOf, type Finding, type FindingInit, newFinding } from './finding.ts';
import type { Fault, Oracle } from './judge.ts';
import type { FuzzCase } from './plan.ts';
import type { Step } from './step.ts';

/** What a session did to bring a fault about: the steps before the one that shows it. */
export interface Cause {
  readonly bucket: string;
  readonly oracle: Oracle;
  readonly shape: string;
  readonly before: readonly Step[];
}

export interface LedgerOptions {
  /** where findings are found, for their files */
  readonly url: string;
  readonly onFinding?: (finding: Finding) => void;
}

export class Ledger {
  readonly #options: LedgerOptions;
  readonly #findings = new Map<string, Finding>();
  /** buckets that turned out to be another's */
  readonly #aliases = new Map<string, string>();
  readonly causes: Cause[] = [];

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#findings.size;
  }

  get findings(): readonly Finding[] {
    return [...this.#findings.values()];
  }

  /** Whether the bucket is known; counts it then. */
  counts(bucket: string): boolean {
    const name = this.#aliases.get(bucket) ?? bucket;
    const known = this.#findings.get(name);
    if (known === undefined) return false;
    this.#findings.set(name, { ...known, count: known.count + 1 });
    return true;
  }

  knows(one: FuzzCase, fault: Fault): boolean {
    return this.counts(bucketOf(one, fault));
  }

  /** What is in the one bucket is the bug of the other. */
  alias(bucket: string, other: string): void {
    if (bucket !== other) this.#aliases.set(bucket, other);
  }

  add(one: FuzzCase, init: FindingInit): Finding {
    const finding = newFinding(one, { ...init, target: this.#options.url });
    this.#findings.set(finding.bucket, finding);
    this.#options.onFinding?.(finding);
    return finding;
  }
}
