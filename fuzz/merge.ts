/**
 * The results of several runs as those of one: what shards, or nights, found, each bucket once. A run's own summary is
 * somebody's file when it is read, and is checked by zod: `parseRun` throws FindingError. The rest is pure.
 */
import { loadZod } from '../codec/xdr/index.ts';
import { checkJson, FINDING_ID, type Finding, FindingError } from './finding.ts';
import type { RunSummary } from './report.ts';

export const RUN_FORMAT = 'oncilla-fuzz-run/1';

/** A run as it is kept beside its findings: which of them are its. */
export interface RunRecord extends RunSummary {
  readonly format: typeof RUN_FORMAT;
  readonly findings: readonly string[];
}

/** What a run left behind. */
export interface RunResults {
  readonly run: RunRecord;
  readonly findings: readonly Finding[];
}

export interface MergedRuns {
  readonly runs: readonly RunSummary[];
  readonly findings: readonly Finding[];
}

/** A run's record from its file's text. */
export async function parseRun(text: string): Promise<RunRecord> {
  const z = await loadZod();
  const count = z.number().int().min(0);
  const schema = z.object({
    format: z.literal(RUN_FORMAT),
    target: z.string(),
    seed: count.max(0xffffffff),
    shard: z
      .string()
      .regex(/^\d+\/\d+$/)
      .nullable(),
    started: z.iso.datetime(),
    cases: count,
    seconds: z.number().min(0),
    outcomes: z.record(z.string(), count),
    procedures: z.array(z.string()),
    interrupted: z.boolean(),
    gone: z.boolean(),
    findings: z.array(z.string().regex(FINDING_ID)),
  });
  return checkJson(text, (json) => schema.safeParse(json), 'no record of a run');
}

/**
 * All runs, and each bucket's findings as one: the smallest that was confirmed, with the cases of all. Throws
 * FindingError for a run that is there twice, whose cases would count twice.
 */
export function mergeRuns(results: readonly RunResults[]): MergedRuns {
  const seen = new Set<string>();
  const buckets = new Map<string, Finding>();
  for (const { run, findings } of results) {
    const { target, seed, shard, started } = run;
    const key = JSON.stringify([target, seed, shard, started]);
    if (seen.has(key)) throw new FindingError(`the run of seed ${seed} that began ${started} is there twice`);
    seen.add(key);
    for (const finding of findings) {
      const known = buckets.get(finding.bucket);
      buckets.set(finding.bucket, known === undefined ? finding : joined(known, finding));
    }
  }
  return {
    runs: results.map(({ run: { format: _, findings: __, ...run } }) => run),
    findings: [...buckets.values()],
  };
}

function joined(a: Finding, b: Finding): Finding {
  const better = rankOf(b) < rankOf(a) ? b : a;
  return { ...better, count: a.count + b.count };
}

/** Less is better: one that was seen again, then fewer bytes. */
function rankOf({ confirmed, messages, prime }: Finding): number {
  const digits = [...messages, ...prime].reduce((sum, hex) => sum + hex.length, 0);
  return digits + (confirmed ? 0 : 2 ** 40);
}
