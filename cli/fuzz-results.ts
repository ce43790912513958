/**
 * What fuzzing leaves behind and prints: findings and the record of a run in files of mode 0600, reports, and the line
 * that reproduces a finding. Reads them back too. Throws CliError for files that cannot be written, or are none.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { escapeTerminal, quoteShell } from '../codec/escape/index.ts';
import {
  type Baseline,
  type Finding,
  FindingError,
  findingCapture,
  parseBaseline,
  parseFinding,
  parseRun,
  REPORT_ENDINGS,
  REPORT_FORMAT,
  type Report,
  type ReportedFinding,
  type ReportFormat,
  RUN_FORMAT,
  type RunResults,
  type RunSummary,
  reportFormat,
  reportText,
} from '../fuzz/index.ts';
import type { Arguments } from './arguments.ts';
import type { Io } from './command.ts';
import { CliError, systemReason } from './errors.ts';
import { packageVersion } from './version.ts';

/** The record of a run, among its findings. */
const RUN_FILE = 'run.json';

/** What a file holds, by one of the parsers of fuzz/. */
async function readChecked<T>(file: string, parse: (text: string) => Promise<T>): Promise<T> {
  try {
    return await parse(readFileSync(file, 'utf8'));
  } catch (e) {
    throw new CliError(file, e instanceof FindingError ? e.message : systemReason(e), { cause: e });
  }
}

export function readFinding(file: string): Promise<Finding> {
  return readChecked(file, parseFinding);
}

/** The findings that `--baseline` knows. */
export async function baselineOf(args: Arguments): Promise<Baseline | null> {
  const file = args.text('baseline');
  return file === undefined ? null : readChecked(file, parseBaseline);
}

/** What a run wrote into its folder. */
export async function readResults(dir: string): Promise<RunResults> {
  const run = await readChecked(join(dir, RUN_FILE), parseRun);
  const findings = await Promise.all(run.findings.map((id) => readFinding(join(dir, `${id}.json`))));
  return { run, findings };
}

/** Writes a finding as JSON and as a capture; where its JSON went. */
export function saveFinding(finding: Finding, dir: string): string {
  return saveFindingAs(finding, join(dir, finding.id));
}

/** The same under a name without its ending. */
export function saveFindingAs(finding: Finding, name: string): string {
  makeFolder(dirname(name));
  writePrivate(`${name}.json`, `${JSON.stringify(finding, null, 2)}\n`);
  writePrivate(`${name}.pcapng`, findingCapture(finding));
  return `${name}.json`;
}

export function saveRun(run: RunSummary, findings: readonly Finding[], dir: string): void {
  makeFolder(dir);
  const record = { format: RUN_FORMAT, ...run, findings: findings.map(({ id }) => id) };
  writePrivate(join(dir, RUN_FILE), `${JSON.stringify(record, null, 2)}\n`);
}

/** The files of `--report`, each with its form; checked before anything is sent. */
export function reportsOf(args: Arguments): { file: string; format: ReportFormat }[] {
  return args.list('report').map((file) => {
    const format = reportFormat(file);
    if (format === undefined) {
      throw new CliError(
        file,
        `a report is .${REPORT_ENDINGS.slice(0, -1).join(', .')} or .${REPORT_ENDINGS.at(-1)}`,
      );
    }
    return { file, format };
  });
}

export function writeReports(
  files: ReturnType<typeof reportsOf>,
  runs: readonly RunSummary[],
  findings: readonly ReportedFinding[],
): void {
  const version = packageVersion(import.meta.dirname);
  const report: Report = { format: REPORT_FORMAT, version, runs, findings };
  for (const { file, format } of files) writePrivate(file, reportText(report, format));
}

/** The command line that shows a finding again: its own words are quoted, those of this command line repeated. */
export function reproduceLine(finding: Finding, file: string, target: string, args: Arguments): string {
  const words = ['oncilla', 'fuzz', 'replay', file, '--to', target];
  for (const idl of args.list('idl')) words.push('--idl', idl);
  for (const dir of args.list('include')) words.push('-I', dir);
  for (const define of args.list('define')) words.push('-D', define);
  words.push('--program', String(finding.program));
  const timeout = args.text('timeout');
  if (timeout !== undefined) words.push('--timeout', timeout);
  if (args.has('i-own-this-target')) words.push('--i-own-this-target');
  return words.map(quoteShell).join(' ');
}

export function printFinding(finding: ReportedFinding, io: Io): void {
  const known = finding.baselined ? ', known' : finding.confirmed ? '' : ', not seen again alone';
  io.stdout.write(`finding ${finding.id}: ${escapeTerminal(finding.bucket)}${known}\n`);
  io.stdout.write(`  ${escapeTerminal(finding.detail)}\n  case ${escapeTerminal(finding.case)}\n`);
  io.stdout.write(`  ${escapeTerminal(finding.reproduce)}\n`);
  io.stdout.flush();
}

/** '3 findings, 1 known' */
export function countText(findings: readonly ReportedFinding[]): string {
  const known = findings.filter((one) => one.baselined).length;
  return `${findings.length} findings${known > 0 ? `, ${known} known` : ''}`;
}

/** Today, as a baseline counts days. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function makeFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (e) {
    throw new CliError(dir, systemReason(e), { cause: e });
  }
}

/** Writes a file in a folder that is made where there is none; its name. */
export function savePrivate(file: string, content: Uint8Array): string {
  makeFolder(dirname(file));
  writePrivate(file, content);
  return file;
}

/** This user's alone: what is in it may be somebody's secret. */
function writePrivate(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content, { mode: 0o600 });
  } catch (e) {
    throw new CliError(file, systemReason(e), { cause: e });
  }
}
