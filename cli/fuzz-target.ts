/**
 * `oncilla fuzz TARGET`: one run against a server, with what its command line bounds and excuses. What is found is
 * printed and written as it is found; an interrupt ends the run with what it has.
 */
import { randomInt } from 'node:crypto';
import {
  addCapture,
  CorpusBuilder,
  caseOf,
  dictionaryOf,
  type FuzzCase,
  isKnown,
  isOf,
  type PlanOptions,
  procedureId,
  type ReportedFinding,
  type RunResult,
  type RunSummary,
  runFuzz,
} from '../fuzz/index.ts';
import { isReplayError, type LoadedSession, loadSession } from '../replay/index.ts';
import { isTransportError } from '../transport/errors.ts';
import type { Arguments } from './arguments.ts';
import { callFailure } from './call-failure.ts';
import type { Io } from './command.ts';
import { credentialFor } from './credential.ts';
import {
  CliError,
  EXIT_INTERRUPTED,
  EXIT_NEGATIVE,
  EXIT_OK,
  EXIT_UNREACHABLE,
  systemReason,
} from './errors.ts';
import {
  type Described,
  describedProgram,
  mutatingNames,
  numberOf,
  ownTarget,
  replyMsOf,
  supervisorOf,
  wantedProcedures,
} from './fuzz-options.ts';
import {
  baselineOf,
  countText,
  printFinding,
  reportsOf,
  reproduceLine,
  saveFinding,
  saveRun,
  today,
  writeReports,
} from './fuzz-results.ts';
import { insecureAloud } from './insecure.ts';
import { readKeyLogs } from './key-logs.ts';
import { Progress } from './progress.ts';

export const DEFAULT_CASES = 100_000;
export const DEFAULT_SECONDS = 60;
export const DEFAULT_FINDINGS = 20;
export const DEFAULT_RATE = 2000;
export const DEFAULT_OUT = 'fuzz-findings';
const MOST_CASES = 1_000_000_000;
const DAY = 86_400;

export async function fuzzTarget(url: string, args: Arguments, io: Io): Promise<number> {
  const reports = reportsOf(args);
  const baseline = await baselineOf(args);
  const program = await describedProgram(args);
  const procedures = wantedProcedures(program, args.list('procedure'));
  const seed = seedOption(args);
  const target = ownTarget(url, args);
  const credential = credentialFor(args.text('auth') ?? 'none');
  const corpus = await corpusOf(program, procedures, args, io);
  const options: PlanOptions = {
    seed,
    procedures,
    stream: target.kind !== 'udp',
    corpus,
    codegen: !args.has('no-codegen'),
    ...(credential && { credential }),
  };
  const choice = chosenCases(args.list('case'), options);
  const limits = limitsOf(args);
  io.stdout.write(`seed ${seed}\n`);
  io.stdout.flush();
  const mutating = mutatingNames(procedures);
  io.stderr.write(`oncilla: will call ${procedures.length} procedures of ${program.name}; `);
  io.stderr.write(`may change something: ${mutating.length === 0 ? 'none' : mutating.join(', ')}\n`);
  io.stderr.flush();
  const supervisor = await supervisorOf(args, target);
  const progress = new Progress(io.stderr, 'cases', limits.maxCases);
  const out = args.text('out') ?? DEFAULT_OUT;
  const reported: ReportedFinding[] = [];
  const started = new Date();
  try {
    const result = await runFuzz({
      ...options,
      ...limits,
      ...choice,
      target,
      served: program,
      profile: args.text('profile') === 'strict' ? 'strict' : 'lenient',
      replyMs: replyMsOf(args),
      tls: insecureAloud(io),
      signal: io.interrupt,
      ...(supervisor && { process: supervisor }),
      onProgress: (cases) => progress.update(cases, cases),
      onFinding: (made) => {
        progress.clear();
        const finding = { ...made, target: url };
        const file = saveFinding(finding, out);
        const reproduce = reproduceLine(finding, file, url, args);
        const one = { ...finding, file, reproduce, baselined: baseline?.has(finding, today()) ?? false };
        reported.push(one);
        printFinding(one, io);
      },
    });
    progress.clear();
    const findings = reported.map((one) => counted(one, result));
    for (const { file: _, reproduce: __, baselined: ___, ...finding } of findings) saveFinding(finding, out);
    const run: RunSummary = {
      target: url,
      seed,
      shard: args.text('shard') ?? null,
      started: started.toISOString(),
      cases: result.cases,
      seconds: result.seconds,
      outcomes: Object.fromEntries(result.outcomes),
      procedures: procedures.map(procedureId),
      interrupted: result.interrupted,
      gone: result.gone,
    };
    saveRun(run, findings, out);
    printSummary(run, findings, io);
    writeReports(reports, [run], findings);
    return statusOf([run], findings);
  } catch (e) {
    if (isTransportError(e)) throw callFailure(url, e);
    throw e;
  } finally {
    await supervisor?.stop();
  }
}

/** The exit status that runs and their findings deserve. */
export function statusOf(runs: readonly RunSummary[], findings: readonly ReportedFinding[]): number {
  if (runs.some(({ interrupted }) => interrupted)) return EXIT_INTERRUPTED;
  if (runs.some(({ gone }) => gone)) return EXIT_UNREACHABLE;
  return findings.some((one) => !one.baselined) ? EXIT_NEGATIVE : EXIT_OK;
}

/** What `--seed` says, else one that nobody knows yet. */
export function seedOption(args: Arguments): number {
  const seed = args.integer('seed') ?? randomInt(2 ** 32);
  if (seed > 0xffffffff) throw new CliError('--seed', 'at most 4294967295');
  return seed;
}

/** How often a finding's bucket was met in the end: it is kept when it is met first. */
function counted(one: ReportedFinding, { findings }: RunResult): ReportedFinding {
  return { ...one, count: findings.find(({ bucket }) => bucket === one.bucket)?.count ?? one.count };
}

/** What the `.x` says of values, and what the captures of `--from` have. */
export async function corpusOf(
  program: Described,
  procedures: Described['procedures'],
  args: Arguments,
  io: Io,
): Promise<CorpusBuilder> {
  const corpus = new CorpusBuilder();
  const types = procedures.map(({ declared }) => declared.procedure.argument);
  corpus.addDictionary(dictionaryOf(types, program.constants));
  for (const file of args.list('from')) {
    const { session, error } = await loaded(file, program, args, io);
    const { calls, replies, unusable } = addCapture(corpus, session, procedures);
    if (calls === 0) throw new CliError(file, `holds no call of ${program.name} to begin with`);
    const left = unusable === 0 ? '' : `, ${unusable} left out (sealed, cut or malformed)`;
    const broken = error === null ? '' : `; it breaks off: ${error.message} at offset ${error.offset}`;
    io.stderr.write(`oncilla: ${file}: ${calls} calls and ${replies} results to draw from${left}${broken}\n`);
  }
  return corpus;
}

async function loaded(file: string, { table }: Described, args: Arguments, io: Io): Promise<LoadedSession> {
  const keyLog = readKeyLogs(args.list('keylog'));
  try {
    return await loadSession(file, { table, keyLog, signal: io.interrupt });
  } catch (e) {
    throw new CliError(file, isReplayError(e) ? e.message : systemReason(e), { cause: e });
  }
}

/** The cases that `--case` names: each by its own id, or all of a family or shape. Valid calls come with them. */
function chosenCases(
  ids: readonly string[],
  options: PlanOptions,
): { readonly cases?: readonly FuzzCase[]; readonly wanted?: (one: FuzzCase) => boolean } {
  if (ids.length === 0) return {};
  const cases = ids
    .filter((id) => id.includes('/'))
    .flatMap((id) => {
      const one = caseOf(id, options);
      if (one === null)
        throw new CliError(id, 'no such case', { hint: 'cases depend on --seed and on what --from has' });
      const valid = caseOf(`${id.slice(0, id.lastIndexOf('/'))}/valid`, options);
      return valid === null ? [one] : [valid, one];
    });
  const families = ids.filter((id) => !id.includes('/'));
  for (const family of families) {
    if (!isKnown(family))
      throw new CliError(family, 'no case, family or shape that is sent', { hint: '--list-cases' });
  }
  if (families.length === 0) return { cases };
  if (cases.length > 0) throw new CliError('--case', 'either ids of cases, or families and shapes');
  return { wanted: ({ family }) => family === 'valid' || families.some((wanted) => isOf(family, wanted)) };
}

function limitsOf(args: Arguments) {
  const rate = numberOf(args, 'rate', 0, 1e9) ?? DEFAULT_RATE;
  const shard = shardOf(args.text('shard'));
  return { ...boundsOf(args), rate: rate === 0 ? Number.POSITIVE_INFINITY : rate, ...(shard && { shard }) };
}

/** Where every run ends at the latest. */
export function boundsOf(args: Arguments, cases = DEFAULT_CASES) {
  return {
    maxCases: Math.min(args.integer('max-cases') ?? cases, MOST_CASES),
    maxSeconds: numberOf(args, 'max-time', 0, 30 * DAY) ?? DEFAULT_SECONDS,
    maxFindings: args.integer('max-findings') ?? DEFAULT_FINDINGS,
  };
}

function shardOf(text: string | undefined): { index: number; count: number } | undefined {
  if (text === undefined) return undefined;
  const [, i = '', n = ''] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const [index, count] = [Number(i) - 1, Number(n)];
  if (i === '' || index < 0 || index >= count)
    throw new CliError('--shard', `"${text}" is not I/N, I from 1 to N`);
  return { index, count };
}

function printSummary(run: RunSummary, findings: readonly ReportedFinding[], io: Io): void {
  const { cases, seconds, outcomes, gone, interrupted } = run;
  const rate = Math.round(cases / Math.max(seconds, 0.001));
  const text = Object.entries(outcomes).map(([name, n]) => `${name} ${n}`);
  const end = `${interrupted ? '; interrupted' : ''}${gone ? '; the target is gone' : ''}`;
  io.stdout.write(`${cases} cases in ${seconds.toFixed(1)} s, ${rate}/s: ${text.join(', ')}\n`);
  io.stdout.write(`${countText(findings)}${end}\n`);
}
