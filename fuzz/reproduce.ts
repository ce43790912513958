/**
 * A finding sent again: its bytes as they are, judged anew from the `.x`, so that a bug that is fixed is no finding any
 * more, whatever its file says. Rejects with TransportError where the target takes no connection.
 */
import type { Target } from '../transport/target.ts';
import type { Served } from './expect.ts';
import type { Finding } from './finding.ts';
import { expectBytes, type Fault, type JudgeRules, judge } from './judge.ts';
import { Outcome } from './outcome.ts';
import type { FuzzProcedure } from './plan.ts';
import { xidOf } from './play.ts';
import { Probe } from './probe.ts';
import { findTaint } from './taint.ts';

export interface ReproduceOptions {
  readonly target: Target;
  readonly served: Served;
  readonly procedures: readonly FuzzProcedure[];
  readonly replyMs: number;
}

/** What is wrong still, or null. A TypeError where the finding's procedure is not among those described. */
export async function reproduce(finding: Finding, options: ReproduceOptions): Promise<Fault | null> {
  const { target, served, replyMs } = options;
  const procedure = options.procedures.find(
    (one) =>
      one.program === finding.program &&
      one.version === finding.version &&
      one.declared.procedure.name === finding.procedure,
  );
  if (procedure === undefined) throw new TypeError(`no procedure ${finding.procedure} is described`);
  const probe = new Probe({ target, program: finding.program, version: finding.version, replyMs });
  const stream = finding.transport === 'stream';
  const messages = finding.messages.map((text) => new Uint8Array(Buffer.from(text, 'hex')));
  try {
    if (finding.oracle === 'taint') return await tainted(probe, finding, procedure, messages, stream);
    // Access and support are what the finding was judged with: its own verdict only is in question.
    const others = (): number => Outcome.AUTH_ERROR | Outcome.PROC_UNAVAIL;
    const rules: JudgeRules = { served, profile: finding.profile, stream, others, lateMs: replyMs };
    let fault: Fault | null = null;
    for (const bytes of messages) {
      const expected = expectBytes(bytes, rules);
      const due = (expected.allowed & Outcome.SILENCE) === 0;
      const seen = await probe.alone(bytes, xidOf(bytes, stream), due, expected.state === 'open');
      fault ??= judge(expected, seen, rules);
    }
    if (await probe.isReachable()) return fault;
    return { oracle: 'canary', shape: 'gone', detail: 'NULL on another connection is not answered any more' };
  } finally {
    probe.close();
  }
}

async function tainted(
  probe: Probe,
  finding: Finding,
  procedure: FuzzProcedure,
  messages: readonly Uint8Array[],
  stream: boolean,
): Promise<Fault | null> {
  const bytes = messages.at(-1) as Uint8Array;
  const one = { id: finding.case, family: '', path: '', procedure, bytes, xid: xidOf(bytes, stream) };
  const taint = await findTaint(probe, one, { seed: finding.seed, procedures: [procedure], stream });
  return taint === null ? null : { oracle: 'taint', shape: 'foreign memory', detail: taint.detail };
}
