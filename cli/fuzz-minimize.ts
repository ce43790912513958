/**
 * `oncilla fuzz minimize`: a finding made smaller against the server that has the bug, message by message and byte by
 * byte, and written beside it as NAME.min.json and .min.pcapng. Status 1 while it is a finding, 0 when it is none any
 * more, 3 for a target that is not reached.
 */
import { join } from 'node:path';
import { escapeTerminal } from '../codec/escape/index.ts';
import {
  type Fault,
  type Finding,
  minimize,
  type ReproduceOptions,
  reproduce,
  type Supervisor,
  sizeOf,
} from '../fuzz/index.ts';
import { Probe } from '../fuzz/probe.ts';
import { isTransportError } from '../transport/errors.ts';
import { parseTarget } from '../transport/target.ts';
import type { Arguments } from './arguments.ts';
import { callFailure } from './call-failure.ts';
import type { Io } from './command.ts';
import { CliError, EXIT_INTERRUPTED, EXIT_NEGATIVE, EXIT_OK, EXIT_UNREACHABLE } from './errors.ts';
import { withProfile, withServer } from './fuzz-replay.ts';
import { readFinding, reproduceLine, saveFindingAs } from './fuzz-results.ts';
import { boundsOf } from './fuzz-target.ts';
import { Progress } from './progress.ts';

/** How often a smaller one is tried, unless --max-cases says. */
const TRIES = 1000;

export async function minimizeFinding(words: readonly string[], args: Arguments, io: Io): Promise<number> {
  const [file] = words;
  if (file === undefined || words.length > 1) throw new CliError('fuzz minimize', 'needs FINDING.json');
  const finding = withProfile(await readFinding(file), args);
  const url = args.text('to') ?? ownUrl(finding, file);
  return withServer(file, finding, url, args, io, async (options, supervisor) => {
    const first = await reproduce(finding, options);
    if (first === null) {
      io.stdout.write(`${finding.id}: ${escapeTerminal(finding.bucket)}: no more\n`);
      return EXIT_OK;
    }
    const { maxCases, maxSeconds } = boundsOf(args, TRIES);
    const progress = new Progress(io.stderr, 'tries', 0);
    const start = performance.now();
    let asked = 0;
    const { finding: smallest, tries } = await minimize(finding, {
      tries: maxCases,
      isOver: () => io.interrupt.aborted || (performance.now() - start) / 1000 >= maxSeconds,
      fails: async (smaller) => {
        progress.update(++asked, 0);
        return sameAs(first, await again(smaller, options, supervisor));
      },
    });
    progress.clear();
    const last = await again(smallest, options, supervisor);
    // Its reply was another message's, and is not asked for again: what is wrong with it is in the detail.
    const changed = sizeOf(smallest).bytes !== sizeOf(finding).bytes;
    const written = {
      ...smallest,
      target: url,
      detail: last?.detail ?? first.detail,
      ...(changed && { reply: null }),
    };
    const name = file.replace(/\.json$/, '');
    const dir = args.text('out');
    const saved = saveFindingAs(written, dir === undefined ? `${name}.min` : join(dir, finding.id));
    const [before, after] = [sizeOf(finding), sizeOf(written)];
    io.stdout.write(`${finding.id}: ${escapeTerminal(finding.bucket)}\n`);
    io.stdout.write(
      `  ${before.messages} messages of ${before.bytes} bytes, now ${after.messages} of ${after.bytes}; ${tries} tries\n`,
    );
    io.stdout.write(`  ${escapeTerminal(reproduceLine(written, saved, url, args))}\n`);
    return io.interrupt.aborted ? EXIT_INTERRUPTED : EXIT_NEGATIVE;
  });
}

/** What a file may send to: `ssh://` would run something, `fd:` is this process's own. */
const SENDABLE: readonly string[] = ['tcp', 'udp', 'unix', 'tls'];

/** The target that the finding names. */
function ownUrl({ target }: Finding, file: string): string {
  if (target === null) throw new CliError(file, 'names no target', { hint: '--to TARGET' });
  let kind: string;
  try {
    ({ kind } = parseTarget(target));
  } catch (e) {
    throw callFailure(file, e);
  }
  if (!SENDABLE.includes(kind)) {
    throw new CliError(file, `a target over ${kind} has to be given`, { hint: '--to TARGET' });
  }
  return target;
}

function sameAs(first: Fault, now: Fault | null): boolean {
  return now !== null && now.oracle === first.oracle && now.shape === first.shape;
}

/** What is wrong with a finding, on a server that is well before. */
async function again(
  finding: Finding,
  options: ReproduceOptions,
  supervisor: Supervisor | null,
): Promise<Fault | null> {
  await wellAgain(finding, options, supervisor);
  try {
    return await reproduce(finding, options);
  } catch (e) {
    if (isTransportError(e)) return null;
    throw e;
  }
}

/** A server that was left ended or silent says nothing of what is sent next: it is started again, or that was all. */
async function wellAgain(
  { program, version }: Finding,
  { target, replyMs, tls }: ReproduceOptions,
  supervisor: Supervisor | null,
): Promise<void> {
  const probe = new Probe({ target, program, version, replyMs, ...(tls && { tls }) });
  try {
    if (supervisor?.ended == null && (await probe.isReachable())) return;
    if (supervisor !== null) {
      await supervisor.restart();
      return;
    }
  } catch (e) {
    throw new CliError('--restart', (e as Error).message, { status: EXIT_UNREACHABLE, cause: e });
  } finally {
    probe.close();
  }
  throw new CliError('fuzz minimize', 'the server does not answer any more', {
    status: EXIT_UNREACHABLE,
    hint: '--restart CMD starts it again',
  });
}
