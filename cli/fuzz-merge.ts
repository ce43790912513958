/**
 * `oncilla fuzz merge DIR…`: what several runs wrote, shards above all, as the results of one: each bucket once, counts
 * added up, reports in every form. Status as of a run: 1 for findings that no baseline knows, 3 when a run lost its
 * target, 130 when one was interrupted.
 */
import { escapeTerminal } from '../codec/escape/index.ts';
import {
  type Finding,
  FindingError,
  type MergedRuns,
  mergeRuns,
  type ReportedFinding,
} from '../fuzz/index.ts';
import type { Arguments } from './arguments.ts';
import type { Io } from './command.ts';
import { CliError } from './errors.ts';
import {
  baselineOf,
  countText,
  printFinding,
  readResults,
  reportsOf,
  reproduceLine,
  saveFinding,
  today,
  writeReports,
} from './fuzz-results.ts';
import { DEFAULT_OUT, statusOf } from './fuzz-target.ts';

export async function mergeResults(dirs: readonly string[], args: Arguments, io: Io): Promise<number> {
  if (dirs.length === 0) throw new CliError('fuzz merge', 'needs DIR…, what --out of each run was');
  const reports = reportsOf(args);
  const baseline = await baselineOf(args);
  const { runs, findings } = await merged(dirs);
  const out = args.text('out') ?? DEFAULT_OUT;
  const reported = findings.map((finding): ReportedFinding => {
    const file = saveFinding(finding, out);
    const reproduce = reproduceLine(finding, file, targetOf(finding, args), args);
    return { ...finding, file, reproduce, baselined: baseline?.has(finding, today()) ?? false };
  });
  for (const { seed, shard, cases, target, interrupted, gone } of runs) {
    const end = `${interrupted ? ', interrupted' : ''}${gone ? ', the target is gone' : ''}`;
    const of = shard === null ? '' : ` shard ${shard}`;
    io.stdout.write(`seed ${seed}${of}: ${cases} cases to ${escapeTerminal(target)}${end}\n`);
  }
  for (const one of reported) printFinding(one, io);
  const cases = runs.reduce((sum, run) => sum + run.cases, 0);
  io.stdout.write(`${runs.length} runs, ${cases} cases, ${countText(reported)}\n`);
  writeReports(reports, runs, reported);
  return statusOf(runs, reported);
}

async function merged(dirs: readonly string[]): Promise<MergedRuns> {
  const results = await Promise.all(dirs.map(readResults));
  try {
    return mergeRuns(results);
  } catch (e) {
    if (e instanceof FindingError) throw new CliError('fuzz merge', e.message, { cause: e });
    throw e;
  }
}

function targetOf({ target }: Finding, args: Arguments): string {
  return args.text('to') ?? target ?? 'TARGET';
}
