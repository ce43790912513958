/**
 * `oncilla fuzz replay`: a finding's bytes, sent again to a target and judged anew. Status 1 while it still is one, 0
 * once it is fixed, 3 for a target that is not reached.
 */
import { readFileSync } from 'node:fs';
import { escapeTerminal } from '../codec/escape/index.ts';
import { type Finding, FindingError, parseFinding, reproduce } from '../fuzz/index.ts';
import type { Arguments } from './arguments.ts';
import { callFailure } from './call-failure.ts';
import type { Io } from './command.ts';
import { CliError, EXIT_NEGATIVE, EXIT_OK, systemReason } from './errors.ts';
import { describedProgram, ownTarget, replyMsOf } from './fuzz-options.ts';

export async function replayFinding(words: readonly string[], args: Arguments, io: Io): Promise<number> {
  const [file] = words;
  const url = args.text('to');
  if (file === undefined || url === undefined || words.length > 1) {
    throw new CliError('fuzz replay', 'needs FINDING.json --to TARGET');
  }
  const finding = await readFinding(file);
  const target = ownTarget(url, args);
  if ((target.kind === 'udp') !== (finding.transport === 'datagram')) {
    const needs = finding.transport === 'datagram' ? 'udp://' : 'a stream';
    throw new CliError(url, `the finding is of ${finding.transport}s and needs ${needs}`);
  }
  const program = await describedProgram(args, finding.program);
  const { procedures } = program;
  try {
    const fault = await reproduce(finding, { target, served: program, procedures, replyMs: replyMsOf(args) });
    const head = `${finding.id}: ${escapeTerminal(finding.bucket)}`;
    io.stdout.write(fault === null ? `${head}: no more\n` : `${head}\n  ${escapeTerminal(fault.detail)}\n`);
    return fault === null ? EXIT_OK : EXIT_NEGATIVE;
  } catch (e) {
    if (e instanceof TypeError)
      throw new CliError(file, e.message, { hint: '--idl FILE.x describes it', cause: e });
    throw callFailure(url, e);
  }
}

async function readFinding(file: string): Promise<Finding> {
  try {
    return await parseFinding(readFileSync(file, 'utf8'));
  } catch (e) {
    throw new CliError(file, e instanceof FindingError ? e.message : systemReason(e), { cause: e });
  }
}
