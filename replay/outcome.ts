/**
 * What became of each recorded call, and the sums over a replay. Types, and the tally that is kept while it runs.
 */
import { Histogram } from '../dissector/stats/histogram.ts';
import type { Change } from '../dissector/stats/value-diff.ts';
import type { Unsent } from './plan.ts';
import type { RecordedCall } from './recorded-session.ts';

/**
 * same: the answer was the recorded one. mapped: but for names of the server's state. changed: something else in it
 * differs. missing: none came. extra: one came where the recording has none.
 */
export const VERDICTS = ['same', 'mapped', 'changed', 'missing', 'extra'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Outcome {
  /** null: a call of the target's that the recording does not have */
  readonly call: RecordedCall | null;
  readonly isCallback: boolean;
  readonly procedure: string;
  /** null: it was not sent */
  readonly verdict: Verdict | null;
  readonly unsent: Unsent | null;
  /** other bytes went in its place: the verdict is of these, and the note says why */
  readonly isMutated: boolean;
  readonly changes: readonly Change[];
  /** why nothing came, or what came beside the recording */
  readonly note: string;
  /** nanoseconds since the replay began; null when it was not sent */
  readonly sentNs: number | null;
  /** after its own time; null where there was none */
  readonly lateNs: number | null;
  readonly recordedNs: number | null;
  readonly replayedNs: number | null;
}

export interface Latencies {
  readonly recorded: Histogram;
  readonly replayed: Histogram;
}

export class Tally {
  sent = 0;
  /** datagrams that went out once more, for want of an answer */
  resent = 0;
  readonly verdicts: Record<Verdict, number> = { same: 0, mapped: 0, changed: 0, missing: 0, extra: 0 };
  readonly unsent = new Map<Unsent, number>();
  readonly late = new Histogram();
  /** replies counted from when their call was due, so that a late start does not hide */
  readonly sinceDue = new Histogram();
  readonly procedures = new Map<string, Latencies>();

  add(outcome: Outcome): void {
    const { verdict, unsent, procedure, isCallback, lateNs, recordedNs, replayedNs } = outcome;
    if (unsent !== null) this.unsent.set(unsent, (this.unsent.get(unsent) ?? 0) + 1);
    if (verdict !== null) this.verdicts[verdict]++;
    if (outcome.sentNs !== null && !isCallback) this.sent++;
    if (lateNs !== null) this.late.add(Math.round(lateNs));
    if (isCallback) return;
    let latencies = this.procedures.get(procedure);
    if (latencies === undefined) {
      latencies = { recorded: new Histogram(), replayed: new Histogram() };
      this.procedures.set(procedure, latencies);
    }
    if (recordedNs !== null) latencies.recorded.add(Math.round(recordedNs));
    if (replayedNs !== null) latencies.replayed.add(Math.round(replayedNs));
    if (replayedNs !== null && lateNs !== null) this.sinceDue.add(Math.round(replayedNs + lateNs));
  }

  /** Of all procedures together. */
  get all(): Latencies {
    const all = { recorded: new Histogram(), replayed: new Histogram() };
    for (const { recorded, replayed } of this.procedures.values()) {
      all.recorded.merge(recorded);
      all.replayed.merge(replayed);
    }
    return all;
  }

  get differs(): boolean {
    const { changed, missing, extra } = this.verdicts;
    return changed + missing + extra > 0;
  }

  /** Calls that GSS or DES sealed, or that were not captured whole. */
  get unreplayable(): number {
    return (['gss', 'des', 'cut'] as const).reduce((sum, why) => sum + (this.unsent.get(why) ?? 0), 0);
  }
}
