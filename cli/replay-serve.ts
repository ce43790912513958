/**
 * `oncilla replay FILE --serve LISTEN`: the recording answers clients until SIGTERM or SIGINT. Standard output has a
 * line of JSON for each listener, each call that the recording did not have, and the sum at the end. Status 1 when such
 * calls were left with a verdict. Throws CliError.
 */
import {
  type Answer,
  AnswerBook,
  Answerer,
  Bodies,
  Lookups,
  linkOpener,
  reusedBytes,
  StateMap,
  serveSession,
  type Told,
} from '../replay/index.ts';
import { isTransportError } from '../transport/errors.ts';
import type { Target } from '../transport/target.ts';
import type { Arguments } from './arguments.ts';
import { secondsOf } from './call.ts';
import { callFailure } from './call-failure.ts';
import type { Io } from './command.ts';
import { CliError, EXIT_INTERRUPTED, EXIT_NEGATIVE, EXIT_OK } from './errors.ts';
import { insecureAloud } from './insecure.ts';
import { listenTarget } from './listen-target.ts';
import { pathPattern } from './path-pattern.ts';
import { mappingOf, permitTargets, targetOf, timingOf } from './replay-options.ts';
import { endingOf, Recordings, replayPrograms, sessionIn } from './replay-session.ts';
import { stopSignal } from './stop-signal.ts';

/** Options of sending that mean nothing to a listener. */
const SENDING = ['to', 'mutate', 'concurrency', 'max-gap', 'auth', 'save-map', 'tolerance'];

export async function serveRecording(file: string, args: Arguments, io: Io): Promise<number> {
  const senseless = SENDING.find((name) => args.has(name));
  if (senseless !== undefined) throw new CliError(`--${senseless}`, 'does not go with --serve');
  const listeners = args
    .list('serve')
    .map((url) => listenTarget('--serve', url, args, 'whoever reaches it can read the recording'));
  const forward = forwardOf(args);
  const speed = speedOf(args);
  const reports = args.list('report');
  const other = reports.find((report) => endingOf(report) !== '.pcapng');
  if (other !== undefined) throw new CliError('--report', `"${other}": --serve writes .pcapng only`);
  const patterns = args.list('ignore').map(pathPattern);
  const mapping = mappingOf(args.text('map'));
  const timeoutMs = secondsOf(args.text('timeout')) * 1000;
  const table = await replayPrograms(args);
  const session = await sessionIn(file, table, args, io);

  const bodies = new Bodies(table, !args.has('no-codegen'));
  const { rules } = mapping;
  const reused = () => (rules === null ? reusedBytes(session, bodies) : new Set<string>());
  const map = mapping.isOn ? new StateMap({ rules, reused: reused() }) : null;
  const ignore = (path: string) => patterns.some((pattern) => pattern.test(path));
  const book = new AnswerBook(session, bodies, { map, ignore });
  const { size } = book;
  if (size < session.calls.length) {
    io.stderr.write(`oncilla: ${session.calls.length - size} calls were sealed or cut and answer nothing\n`);
    io.stderr.flush();
  }
  const lookups = new Lookups(book.programs, bodies);
  const recordings = new Recordings(reports);
  const signal = stopSignal(io.interrupt);
  const counts = { exact: 0, mapped: 0, lookup: 0, null: 0, unmatched: 0, forwarded: 0, events: 0 };
  const isQuiet = args.has('quiet');
  const served = await serveSession({
    answerer: new Answerer({ book, bodies, lookups, map, speed }),
    lookups,
    listeners,
    forward:
      forward === null
        ? null
        : {
            target: forward,
            open: linkOpener({ timeoutMs, signal: io.interrupt, tls: insecureAloud(io) }),
          },
    timeoutMs,
    sink: recordings.sink,
    onProblem: (error) => io.stderr.write(`oncilla: ${error.message}\n`),
    onAnswer(told) {
      const { answer, isForwarded } = told;
      counts[isForwarded ? 'forwarded' : answer.how]++;
      counts.events += answer.events.length;
      if (answer.how === 'unmatched' && !isQuiet) say(io, unmatchedLine(told, answer));
    },
  }).catch((e: unknown) => {
    recordings.close();
    throw isTransportError(e) ? callFailure('--serve', e) : e;
  });
  for (const url of served.urls) say(io, { event: 'listening', url });
  say(io, { event: 'ready', calls: size });
  const why = await signal;
  await served.close();
  recordings.close();
  say(io, { event: 'summary', recorded: size, unused: book.left, ...counts });
  if (why === 'SIGINT') return EXIT_INTERRUPTED;
  return counts.unmatched > 0 ? EXIT_NEGATIVE : EXIT_OK;
}

function unmatchedLine({ client, isForwarded }: Told, { procedure, changes }: Answer): object {
  const differs = changes.map(({ path, a, b }) => ({ path, recorded: a, called: b }));
  return { event: isForwarded ? 'forwarded' : 'unmatched', client, procedure, differs };
}

/** JSON escapes what a terminal would obey, but for what is above ASCII. */
function say(io: Io, line: object): void {
  const text = JSON.stringify(line).replace(
    /[\u007f-\u009f]/g,
    (c) => `\\u00${c.charCodeAt(0).toString(16)}`,
  );
  io.stdout.write(`${text}\n`);
  io.stdout.flush();
}

function forwardOf(args: Arguments): Target | null {
  const text = args.text('unmatched');
  if (text === undefined || text === 'error') return null;
  const [, url] = /^forward=(.+)$/s.exec(text) ?? [];
  if (url === undefined) throw new CliError('--unmatched', `"${text}" is neither error nor forward=TARGET`);
  const target = targetOf(url, '--unmatched');
  permitTargets([target], args, '--unmatched');
  return target;
}

/** How many times as fast as recorded answers come. */
function speedOf(args: Arguments): number {
  const timing = timingOf(args.text('timing'));
  switch (timing.mode) {
    case 'asap':
      return Number.POSITIVE_INFINITY;
    case 'original':
      return 1;
    case 'scaled':
      return timing.factor;
    default:
      throw new CliError('--timing', 'rate=R is for sending');
  }
}
