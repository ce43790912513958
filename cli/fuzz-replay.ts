/**
 * `oncilla fuzz replay`: a finding's bytes, sent again to a target and judged anew. Status 1 while it still is one, 0
 * once it is fixed, 3 for a target that is not reached.
 */
import { escapeTerminal } from '../codec/escape/index.ts';
import { type Finding, type ReproduceOptions, reproduce, type Supervisor } from '../fuzz/index.ts';
import type { Arguments } from './arguments.ts';
import { callFailure } from './call-failure.ts';
import type { Io } from './command.ts';
import { CliError, EXIT_NEGATIVE, EXIT_OK } from './errors.ts';
import { describedProgram, ownTarget, replyMsOf, supervisorOf } from './fuzz-options.ts';
import { readFinding } from './fuzz-results.ts';
import { insecureAloud } from './insecure.ts';

export async function replayFinding(words: readonly string[], args: Arguments, io: Io): Promise<number> {
  const [file] = words;
  const url = args.text('to');
  if (file === undefined || url === undefined || words.length > 1) {
    throw new CliError('fuzz replay', 'needs FINDING.json --to TARGET');
  }
  const finding = withProfile(await readFinding(file), args);
  return withServer(file, finding, url, args, io, async (options) => {
    const fault = await reproduce(finding, options);
    const head = `${finding.id}: ${escapeTerminal(finding.bucket)}`;
    io.stdout.write(fault === null ? `${head}: no more\n` : `${head}\n  ${escapeTerminal(fault.detail)}\n`);
    return fault === null ? EXIT_OK : EXIT_NEGATIVE;
  });
}

/** A finding, judged by `--profile` where that is said. */
export function withProfile(finding: Finding, args: Arguments): Finding {
  const profile = args.text('profile');
  return profile === 'strict' || profile === 'lenient' ? { ...finding, profile } : finding;
}

/** Does something with a server that a finding can be sent to, started where `--restart` says how. */
export async function withServer(
  file: string,
  finding: Finding,
  url: string,
  args: Arguments,
  io: Io,
  use: (options: ReproduceOptions, supervisor: Supervisor | null) => Promise<number>,
): Promise<number> {
  const target = ownTarget(url, args);
  if ((target.kind === 'udp') !== (finding.transport === 'datagram')) {
    const needs = finding.transport === 'datagram' ? 'udp://' : 'a stream';
    throw new CliError(url, `the finding is of ${finding.transport}s and needs ${needs}`);
  }
  const program = await describedProgram(args, finding.program);
  const { procedures } = program;
  const supervisor = await supervisorOf(args, target);
  try {
    const tls = insecureAloud(io);
    return await use({ target, served: program, procedures, replyMs: replyMsOf(args), tls }, supervisor);
  } catch (e) {
    if (e instanceof TypeError)
      throw new CliError(file, e.message, { hint: '--idl FILE.x describes it', cause: e });
    throw callFailure(url, e);
  } finally {
    await supervisor?.stop();
  }
}
