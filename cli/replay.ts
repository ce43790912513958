/**
 * `oncilla replay`: sends the calls of a capture to a target and compares the answers. The shell around replay/: reads
 * options and capture, asks leave, prints. Status 0 same (or mapped), 1 differences, 2 for what cannot be sent, 3 for a
 * target that is lost.
 */
import { writeFileSync } from 'node:fs';
import { escapeTerminal } from '../codec/escape/index.ts';
import type { ProgramTable } from '../codec/programs/table.ts';
import {
  Bodies,
  Comparer,
  htmlReport,
  jsonReport,
  junitReport,
  linkOpener,
  ndjsonReport,
  type Outcome,
  type Plan,
  planOf,
  type Replayed,
  type ReportSubject,
  replay as replaySession,
  reusedBytes,
  StateMap,
} from '../replay/index.ts';
import { type Target, targetUrl } from '../transport/target.ts';
import type { Arguments } from './arguments.ts';
import { secondsOf } from './call.ts';
import { unconnectedStatus } from './call-failure.ts';
import type { Command, Io } from './command.ts';
import { credentialFor } from './credential.ts';
import { CliError, EXIT_INTERRUPTED, EXIT_NEGATIVE, EXIT_OK, EXIT_USAGE, systemReason } from './errors.ts';
import { insecureAloud } from './insecure.ts';
import { pathPattern } from './path-pattern.ts';
import { requireProgram } from './procedure-name.ts';
import type { Mutations } from './replay-mutate.ts';
import {
  concurrencyOf,
  mappingOf,
  permitTargets,
  REPLAY_OPTIONS,
  REPORT_ENDINGS,
  secondsOption,
  Targets,
  timingOf,
  toleranceOf,
} from './replay-options.ts';
import { endingOf, Recordings, replayPrograms, sessionIn } from './replay-session.ts';
import { outcomeText, summaryText } from './replay-text.ts';

export const replay: Command = {
  name: 'replay',
  describe: 'send a captured session again and compare the answers',
  usage: 'replay FILE --to TARGET [options]\n   or: oncilla replay FILE --serve LISTEN [options]',
  options: REPLAY_OPTIONS,
  run,
};

async function run(args: Arguments, io: Io): Promise<number> {
  const [file] = args.positionals;
  if (file === undefined || args.positionals.length > 1) {
    throw new CliError('replay', 'needs one capture', { hint: 'oncilla replay FILE --to TARGET' });
  }
  if (args.has('serve')) return (await import('./replay-serve.ts')).serveRecording(file, args, io);
  if (args.has('unmatched')) throw new CliError('--unmatched', 'goes with --serve');
  const table = await replayPrograms(args);
  const targets = new Targets(args.list('to'), (name) => requireProgram(table, name).number);
  if (targets.all.length === 0) throw new CliError('replay', 'needs --to TARGET, or --serve LISTEN');
  permitTargets(targets.all, args);
  const settings = settingsOf(args);
  const session = await sessionIn(file, table, args, io);
  const credential = credentialFor(args.text('auth') ?? 'none') ?? NO_CREDENTIAL;
  const plan = planOf(session, {
    ...(args.has('auth') ? { credential } : {}),
    hasTarget: (call) => targets.of(call) !== undefined,
  });
  const bodies = new Bodies(table, !args.has('no-codegen'));
  const mutations = await mutationsIn(args, plan, bodies, table);
  announce(plan, targets.all, bodies, io);
  for (const line of mutations?.lines ?? []) io.stderr.write(`oncilla: ${escapeTerminal(line)}\n`);
  io.stderr.flush();

  const { isOn, rules } = settings.mapping;
  const map = isOn
    ? new StateMap({
        rules,
        reused: rules === null ? reusedBytes(session, bodies) : new Set(),
        recordedAt: session.startedAt,
        replayedAt: Date.now() / 1000,
      })
    : null;
  const outcomes: Outcome[] = [];
  const recordings = new Recordings(settings.reports.filter((file) => endingOf(file) === '.pcapng'));
  const replayed = await replaySession({
    plan,
    bodies,
    comparer: new Comparer(bodies, { map, ...settings.compare }),
    map,
    schedule: settings.schedule,
    target: (call) => targets.of(call)!,
    open: linkOpener(
      { timeoutMs: settings.timeoutMs, signal: io.interrupt, tls: insecureAloud(io) },
      recordings.sink,
    ),
    timeoutMs: settings.timeoutMs,
    now: () => performance.now(),
    signal: io.interrupt,
    ...(mutations === null ? {} : { mutate: mutations.mutate }),
    emit(outcome) {
      if (settings.reports.length > 0) outcomes.push(outcome);
      if (!settings.isQuiet) io.stdout.write(outcomeText(outcome));
    },
  });
  recordings.close();
  io.stdout.write(summaryText(replayed));
  io.stdout.flush();
  const subject: ReportSubject = {
    capture: file,
    targets: targets.all.map(targetUrl),
    timing: args.text('timing') ?? 'asap',
    calls: session.calls.length,
    connections: session.connections.length,
  };
  for (const report of settings.reports) {
    if (endingOf(report) !== '.pcapng') save(report, reportText(report, subject, replayed, outcomes));
  }
  const saved = args.text('save-map');
  if (saved !== undefined) save(saved, `${JSON.stringify(map?.rules, null, 2)}\n`);
  return statusOf(replayed, args, io);
}

const NO_CREDENTIAL = { flavor: 0, body: new Uint8Array(0) };

function statusOf({ tally, lost, isInterrupted }: Replayed, args: Arguments, io: Io): number {
  if (isInterrupted) return EXIT_INTERRUPTED;
  if (lost !== null) return unconnectedStatus(lost.cause);
  if (tally.unreplayable > 0) {
    const canHelp = !args.has('auth') && !tally.unsent.has('cut');
    const hint = canHelp ? ' (--auth sys replaces the credential)' : '';
    io.stderr.write(`oncilla: replay: ${tally.unreplayable} calls cannot be sent again${hint}\n`);
    return EXIT_USAGE;
  }
  return tally.differs ? EXIT_NEGATIVE : EXIT_OK;
}

function settingsOf(args: Arguments) {
  const reports = args.list('report');
  for (const report of reports) {
    if (endingOf(report) === undefined) {
      throw new CliError('--report', `"${report}" ends in none of ${REPORT_ENDINGS.join(' ')}`);
    }
  }
  const mapping = mappingOf(args.text('map'));
  if (args.has('save-map') && !mapping.isOn)
    throw new CliError('--save-map', 'nothing is mapped with --map off');
  const patterns = args.list('ignore').map(pathPattern);
  const maxGap = secondsOption(args, 'max-gap');
  const concurrency = concurrencyOf(args.text('concurrency'));
  return {
    reports,
    mapping,
    isQuiet: args.has('quiet'),
    timeoutMs: secondsOf(args.text('timeout')) * 1000,
    compare: {
      tolerances: args.list('tolerance').map(toleranceOf),
      ignore: (path: string) => patterns.some((pattern) => pattern.test(path)),
    },
    schedule: {
      timing: timingOf(args.text('timing')),
      ...(maxGap === undefined ? {} : { maxGapNs: maxGap * 1e9 }),
      ...(concurrency === undefined ? {} : { concurrency }),
    },
  };
}

async function mutationsIn(
  args: Arguments,
  plan: Plan,
  bodies: Bodies,
  table: ProgramTable,
): Promise<Mutations | null> {
  const specs = args.list('mutate');
  if (specs.length === 0) return null;
  const { mutateSpec, mutationsFor } = await import('./replay-mutate.ts');
  return mutationsFor(specs.map(mutateSpec), plan, bodies, table);
}

/** Says what will be called before anything is. */
function announce(plan: Plan, targets: readonly Target[], bodies: Bodies, io: Io): void {
  const counts = new Map<string, number>();
  for (const { call, unsent } of plan.calls) {
    if (unsent !== null) continue;
    const name = call.hasHeader ? bodies.name(call) : 'malformed';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const names = [...counts].map(([name, count]) => (count === 1 ? name : `${name} × ${count}`));
  io.stderr.write(`oncilla: calls ${targets.map(targetUrl).join(', ')}: ${names.join(', ') || 'nothing'}\n`);
  io.stderr.flush();
}

function reportText(
  file: string,
  subject: ReportSubject,
  replayed: Replayed,
  outcomes: readonly Outcome[],
): string {
  switch (endingOf(file)) {
    case '.xml':
      return junitReport(subject, replayed, outcomes);
    case '.ndjson':
      return ndjsonReport(subject, replayed, outcomes);
    case '.html':
      return htmlReport(subject, replayed, outcomes);
    default:
      return jsonReport(subject, replayed, outcomes);
  }
}

function save(file: string, text: string): void {
  try {
    // what peers said is nobody else's to read
    writeFileSync(file, text, { mode: 0o600 });
  } catch (e) {
    throw new CliError(file, systemReason(e), { cause: e });
  }
}
