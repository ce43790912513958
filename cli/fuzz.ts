/**
 * `oncilla fuzz`: a server held against its `.x`, with every mutation of valid calls that the catalogue has. Status 1
 * for findings, 3 for a target that is not reached or is gone. `fuzz replay` sends one finding again (fuzz-replay.ts).
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeTerminal, quoteShell } from '../codec/escape/index.ts';
import {
  type Baseline,
  caseOf,
  FAMILIES,
  type Finding,
  FindingError,
  type FuzzCase,
  findingCapture,
  isKnown,
  isOf,
  type PlanOptions,
  parseBaseline,
  procedureId,
  type Report,
  type ReportedFinding,
  type RunResult,
  reportFormat,
  reportText,
  runFuzz,
  Supervisor,
} from '../fuzz/index.ts';
import { openLane } from '../fuzz/lane.ts';
import { isTransportError } from '../transport/errors.ts';
import type { Target } from '../transport/target.ts';
import type { Arguments } from './arguments.ts';
import { callFailure } from './call-failure.ts';
import type { Command, Io } from './command.ts';
import { AUTH_CHOICES, credentialFor } from './credential.ts';
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
} from './fuzz-options.ts';
import { IDL_OPTIONS } from './idl-option-table.ts';
import { Progress } from './progress.ts';

const DEFAULT_CASES = 100_000;
const DEFAULT_SECONDS = 60;
const DEFAULT_FINDINGS = 20;
const DEFAULT_RATE = 2000;
const DEFAULT_OUT = 'fuzz-findings';
const MOST_CASES = 1_000_000_000;
const DAY = 86_400;

export const fuzz: Command = {
  name: 'fuzz',
  describe: 'hold a server against its .x with malformed calls, and shrink what it gets wrong',
  usage:
    'fuzz TARGET [--program NAME | --idl FILE.x] [options]\n   or: oncilla fuzz replay FINDING.json --to TARGET',
  options: {
    program: { value: 'NAME', describe: 'the program to fuzz; default the only one of --idl' },
    procedure: { value: 'NAME', repeat: true, describe: 'only this procedure' },
    ...IDL_OPTIONS,
    seed: {
      value: 'N',
      minimum: 0,
      describe: 'the same seed sends the same bytes (default: a new one, printed first)',
    },
    'max-cases': { value: 'N', minimum: 1, describe: `send at most so many cases (${DEFAULT_CASES})` },
    'max-time': { value: 'SECONDS', describe: `stop after so long (${DEFAULT_SECONDS})` },
    'max-findings': { value: 'N', minimum: 1, describe: `stop after so many findings (${DEFAULT_FINDINGS})` },
    rate: { value: 'R', describe: `cases a second (${DEFAULT_RATE}); 0: as fast as they are answered` },
    timeout: { value: 'SECONDS', describe: 'an answer that takes longer is late or missing (1)' },
    profile: {
      value: 'PROFILE',
      choices: ['lenient', 'strict'],
      describe:
        'lenient (default) allows what servers in the field do and no RFC forbids; strict: to the letter',
    },
    auth: { value: 'FLAVOR', choices: AUTH_CHOICES, describe: 'credential: none (default) or sys' },
    case: { value: 'ID', repeat: true, describe: 'only this case, family (len.max) or shape (X-02)' },
    'list-cases': { describe: 'print the families of cases and the shapes that they send' },
    shard: { value: 'I/N', describe: 'only every Nth case, beginning with the Ith of N' },
    restart: { value: 'CMD', describe: 'start the server with this command, and again when it is gone' },
    baseline: { value: 'FILE', describe: 'findings that are known, as JSON: no reason for status 1' },
    out: { value: 'DIR', describe: `write findings here, as .json and .pcapng (${DEFAULT_OUT})` },
    report: { value: 'FILE', repeat: true, describe: 'write a report: .json, .ndjson or .xml (JUnit)' },
    to: { value: 'TARGET', describe: 'replay: the target to send the finding to' },
    'i-own-this-target': { describe: 'allow a target off this machine' },
  },
  run,
};

/** What the contract names and this version does not do. */
const LATER = ['minimize', 'merge'];

async function run(args: Arguments, io: Io): Promise<number> {
  const [word, ...words] = args.positionals;
  if (args.has('list-cases')) return listCases(io);
  if (word === undefined) throw new CliError('fuzz', 'needs TARGET');
  if (LATER.includes(word)) throw new CliError(`fuzz ${word}`, 'not there yet');
  if (word === 'replay') return (await import('./fuzz-replay.ts')).replayFinding(words, args, io);
  if (words.length > 0) throw new CliError('fuzz', 'needs one TARGET');
  return fuzzTarget(word, args, io);
}

function listCases(io: Io): number {
  const width = Math.max(...FAMILIES.map(({ id }) => id.length));
  for (const { id, describe, shapes, stream } of FAMILIES) {
    const note = [...shapes, ...(stream ? ['streams only'] : [])].join(', ');
    io.stdout.write(`${id.padEnd(width)}  ${describe}${note === '' ? '' : ` (${note})`}\n`);
  }
  return EXIT_OK;
}

async function fuzzTarget(url: string, args: Arguments, io: Io): Promise<number> {
  const reports = args.list('report').map((file) => {
    const format = reportFormat(file);
    if (format === undefined) throw new CliError(file, 'a report is .json, .ndjson or .xml');
    return { file, format };
  });
  const baseline = await baselineOf(args.text('baseline'));
  const program = await describedProgram(args);
  const procedures = wantedProcedures(program, args.list('procedure'));
  const seed = args.integer('seed') ?? randomInt(2 ** 32);
  if (seed > 0xffffffff) throw new CliError('--seed', 'at most 4294967295');
  const target = ownTarget(url, args);
  const credential = credentialFor(args.text('auth') ?? 'none');
  const options: PlanOptions = {
    seed,
    procedures,
    stream: target.kind !== 'udp',
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
  const supervisor = await supervisorOf(args.text('restart'), target);
  const progress = new Progress(io.stderr, 'cases', limits.maxCases);
  const out = args.text('out') ?? DEFAULT_OUT;
  const reported: ReportedFinding[] = [];
  const today = new Date().toISOString().slice(0, 10);
  try {
    const result = await runFuzz({
      ...options,
      ...limits,
      ...choice,
      target,
      served: program,
      profile: args.text('profile') === 'strict' ? 'strict' : 'lenient',
      replyMs: replyMsOf(args),
      signal: io.interrupt,
      ...(supervisor && { process: supervisor }),
      onProgress: (cases) => progress.update(cases, cases),
      onFinding: (finding) => {
        progress.clear();
        const line = reproduceLine(finding, join(out, `${finding.id}.json`), url, args);
        save(finding, out);
        reported.push({ ...finding, reproduce: line, baselined: baseline?.has(finding, today) ?? false });
        printFinding(reported.at(-1) as ReportedFinding, io);
      },
    });
    progress.clear();
    const findings = reported.map((one) => ({ ...one, count: countOf(result, one) }));
    printSummary(result, findings, io);
    const report = reportOf(url, seed, procedures.map(procedureId), result, findings);
    for (const { file, format } of reports) write(file, reportText(report, format));
    if (result.interrupted) return EXIT_INTERRUPTED;
    if (result.gone) return EXIT_UNREACHABLE;
    return findings.some((one) => !one.baselined) ? EXIT_NEGATIVE : EXIT_OK;
  } catch (e) {
    if (isTransportError(e)) throw callFailure(url, e);
    throw e;
  } finally {
    await supervisor?.stop();
  }
}

async function baselineOf(file: string | undefined): Promise<Baseline | null> {
  if (file === undefined) return null;
  try {
    return await parseBaseline(readFileSync(file, 'utf8'));
  } catch (e) {
    throw new CliError(file, e instanceof FindingError ? e.message : systemReason(e), { cause: e });
  }
}

function wantedProcedures(program: Described, names: readonly string[]): Described['procedures'] {
  if (names.length === 0) return program.procedures;
  const known = program.procedures.map((one) => one.declared.procedure.name);
  for (const name of names) {
    if (!known.includes(name)) {
      throw new CliError(name, `no procedure of ${program.name}`, { hint: `there are ${known.join(', ')}` });
    }
  }
  return program.procedures.filter((one) => names.includes(one.declared.procedure.name));
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
      if (one === null) throw new CliError(id, 'no such case', { hint: 'cases depend on --seed' });
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
  return {
    maxCases: Math.min(args.integer('max-cases') ?? DEFAULT_CASES, MOST_CASES),
    maxSeconds: numberOf(args, 'max-time', 0, 30 * DAY) ?? DEFAULT_SECONDS,
    maxFindings: args.integer('max-findings') ?? DEFAULT_FINDINGS,
    rate: rate === 0 ? Number.POSITIVE_INFINITY : rate,
    ...(shard && { shard }),
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

async function supervisorOf(command: string | undefined, target: Target): Promise<Supervisor | null> {
  if (command === undefined) return null;
  const supervisor = new Supervisor(command, () => takesConnections(target));
  try {
    await supervisor.start();
  } catch (e) {
    throw new CliError('--restart', (e as Error).message, { status: EXIT_UNREACHABLE, cause: e });
  }
  return supervisor;
}

/** Datagrams have no connection to be refused, so what ICMP says is waited for. */
const ICMP_MS = 30;

async function takesConnections(target: Target): Promise<boolean> {
  try {
    const lane = await openLane(target);
    lane.send(new Uint8Array(4));
    await lane.wait(() => lane.ended, ICMP_MS);
    const { ended } = lane;
    lane.close();
    return !ended;
  } catch (e) {
    if (isTransportError(e)) return false;
    throw e;
  }
}

/** The command line that shows the finding again. */
function reproduceLine(finding: Finding, file: string, url: string, args: Arguments): string {
  const words = ['oncilla', 'fuzz', 'replay', file, '--to', url];
  for (const idl of args.list('idl')) words.push('--idl', idl);
  for (const dir of args.list('include')) words.push('-I', dir);
  for (const define of args.list('define')) words.push('-D', define);
  words.push('--program', String(finding.program));
  return words.map(quoteShell).join(' ');
}

function save(finding: Finding, dir: string): void {
  const file = join(dir, finding.id);
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (e) {
    throw new CliError(dir, systemReason(e), { cause: e });
  }
  write(`${file}.json`, `${JSON.stringify(finding, null, 2)}\n`);
  write(`${file}.pcapng`, findingCapture(finding));
}

/** This user's alone: what is in it may be somebody's secret. */
function write(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content, { mode: 0o600 });
  } catch (e) {
    throw new CliError(file, systemReason(e), { cause: e });
  }
}

function printFinding(finding: ReportedFinding, io: Io): void {
  const known = finding.baselined ? ', known' : finding.confirmed ? '' : ', not seen again alone';
  io.stdout.write(`finding ${finding.id}: ${escapeTerminal(finding.bucket)}${known}\n`);
  io.stdout.write(`  ${escapeTerminal(finding.detail)}\n  case ${escapeTerminal(finding.case)}\n`);
  io.stdout.write(`  ${escapeTerminal(finding.reproduce)}\n`);
  io.stdout.flush();
}

function printSummary(result: RunResult, findings: readonly ReportedFinding[], io: Io): void {
  const { cases, seconds, outcomes, gone } = result;
  const rate = Math.round(cases / Math.max(seconds, 0.001));
  const known = findings.filter((one) => one.baselined).length;
  const text = [...outcomes].map(([name, n]) => `${name} ${n}`).join(', ');
  io.stdout.write(`${cases} cases in ${seconds.toFixed(1)} s, ${rate}/s: ${text}\n`);
  io.stdout.write(
    `${findings.length} findings${known > 0 ? `, ${known} known` : ''}${gone ? '; the target is gone' : ''}\n`,
  );
}

function countOf({ findings }: RunResult, { bucket }: Finding): number {
  return findings.find((one) => one.bucket === bucket)?.count ?? 1;
}

function reportOf(
  target: string,
  seed: number,
  procedures: readonly string[],
  { cases, seconds, outcomes }: RunResult,
  findings: readonly ReportedFinding[],
): Report {
  return { target, seed, cases, seconds, outcomes: Object.fromEntries(outcomes), procedures, findings };
}
