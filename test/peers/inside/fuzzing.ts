/** A bounded, seeded run of `oncilla fuzz` against a daemon that it starts itself, and again where it is gone. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../../../fuzz/finding.ts';
import { oncilla } from './world.ts';

export interface Fuzzed {
  readonly target: string;
  readonly status: number;
  readonly err: string;
  readonly cases: number;
  readonly seconds: number;
  readonly gone: boolean;
  readonly findings: readonly Pick<Finding, 'bucket' | 'detail' | 'case' | 'confirmed' | 'count'>[];
}

/** `ONCILLA_FUZZ_CASES` for a longer look than a test takes. */
const CASES = Number(process.env.ONCILLA_FUZZ_CASES ?? 250);

export async function fuzzed(target: string, restart: string, ...options: string[]): Promise<Fuzzed> {
  const out = mkdtempSync(join(tmpdir(), 'oncilla-fuzzing-'));
  const bounds = [
    '--max-cases',
    String(CASES),
    '--max-time',
    String(Math.max(8, CASES / 100)),
    '--rate',
    '0',
  ];
  const started = restart === '' ? [] : ['--restart', restart];
  const ran = await oncilla('fuzz', target, '--seed', '7', '--out', out, ...bounds, ...started, ...options);
  const found = readdirSync(out)
    .filter((name) => /^[0-9a-f]{12}\.json$/.test(name))
    .map((name) => JSON.parse(readFileSync(join(out, name), 'utf8')) as Finding);
  const [, cases = '', seconds = ''] = /(\d+) cases in ([\d.]+) s/.exec(ran.out) ?? [];
  return {
    target,
    status: ran.status,
    err: ran.err,
    cases: Number(cases),
    seconds: Number(seconds),
    gone: ran.out.includes('the target is gone'),
    findings: found.map(({ bucket, detail, case: of, confirmed, count }) => ({
      bucket,
      detail,
      case: of,
      confirmed,
      count,
    })),
  };
}
