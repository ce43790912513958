/**
 * Findings that are known and not yet fixed: buckets with a reason and a day on which they stop being excused. What is
 * read was somebody's file, and is checked by zod; `parseBaseline` throws FindingError.
 */
import { loadZod } from '../codec/xdr/index.ts';
import { checkJson, type Finding } from './finding.ts';

export interface Baseline {
  /** whether a finding is excused on a day, 'YYYY-MM-DD' */
  has(finding: Finding, today: string): boolean;
}

/** `{"known": [{"bucket": "…", "until": "2027-01-31", "reason": "…"}]}` */
export async function parseBaseline(text: string): Promise<Baseline> {
  const z = await loadZod();
  const schema = z.object({
    known: z.array(
      z.strictObject({
        bucket: z.string().min(1),
        until: z.iso.date(),
        reason: z.string().min(1),
      }),
    ),
  });
  const { known } = checkJson(text, (json) => schema.safeParse(json), 'no baseline');
  const until = new Map(known.map((one) => [one.bucket, one.until]));
  return {
    has: ({ bucket }, today) => {
      const last = until.get(bucket);
      return last !== undefined && today <= last;
    },
  };
}
