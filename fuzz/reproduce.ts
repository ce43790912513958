/**
 * A finding sent again: its bytes as they are, judged anew from the `.x`, so that a bug that is fixed is no finding any
 * more, whatever its file says. Rejects with TransportError where the target takes no connection.
 */
import type { Target } from '../transport/target.ts';
import type { TlsClientOptions } from '../transport/tls-channel.ts';
import { type FuzzProcedure, procedureId, xidOf } from './call.ts';
import type { Served } from './expect.ts';
import type { Finding } from './finding.ts';
import { expectBytes, type Fault, type JudgeRules, judge } from './judge.ts';
import { Outcome } from './outcome.ts';
import { play } from './play.ts';
import { Probe } from './probe.ts';
import type { Step } from './step.ts';
import { findTaint } from './taint.ts';

export interface ReproduceOptions {
  readonly target: Target;
  readonly served: Served;
  readonly procedures: readonly FuzzProcedure[];
  readonly replyMs: number;
  readonly tls?: TlsClientOptions;
}

/** What is wrong still, or null. A TypeError where the finding's procedure is not among those described. */
export async function reproduce(finding: Finding, options: ReproduceOptions): Promise<Fault | null> {
  const { target, served, replyMs, tls } = options;
  const procedure = options.procedures.find(
    (one) =>
      one.program === finding.program &&
      one.version === finding.version &&
      one.declared.procedure.name === finding.procedure,
  );
  if (procedure === undefined) throw new TypeError(`no procedure ${finding.procedure} is described`);
  const probe = new Probe({
    target,
    program: finding.program,
    version: finding.version,
    replyMs,
    ...(tls && { tls }),
  });
  const stream = finding.transport === 'stream';
  const messages = finding.messages.map((text) => new Uint8Array(Buffer.from(text, 'hex')));
  try {
    if (finding.oracle === 'taint') return await tainted(probe, finding, procedure, messages, stream);
    // Access and support are what the finding was judged with: its own verdict only is in question.
    const others = (): number => Outcome.AUTH_ERROR | Outcome.PROC_UNAVAIL;
    const rules: JudgeRules = { served, profile: finding.profile, stream, others, lateMs: replyMs };
    const fault = await shown(probe, finding, options.procedures, messages, rules);
    if (await probe.isReachable()) return fault;
    return { oracle: 'canary', shape: 'gone', detail: 'NULL on another connection is not answered any more' };
  } finally {
    probe.close();
  }
}

/** What is wrong with what is shown last: by a message alone, or behind others on the connections that they had. */
async function shown(
  probe: Probe,
  finding: Finding,
  procedures: readonly FuzzProcedure[],
  messages: readonly Uint8Array[],
  rules: JudgeRules,
): Promise<Fault | null> {
  const [bytes] = messages;
  if (finding.steps === undefined && messages.length === 1 && bytes !== undefined) {
    const expected = expectBytes(bytes, rules);
    const due = (expected.allowed & Outcome.SILENCE) === 0;
    const seen = await probe.alone(bytes, xidOf(bytes, rules.stream), due, expected.state === 'open');
    return judge(expected, seen, rules);
  }
  const played = await play(probe, stepsOf(finding, procedures, messages), rules);
  const last = played.findLast(({ seen }) => seen !== null);
  return last?.seen == null ? null : judge(last.expected, last.seen, rules);
}

/** The steps of a finding; of one that has only messages, all on one connection, the last waited for. */
function stepsOf(
  { steps }: Finding,
  procedures: readonly FuzzProcedure[],
  messages: readonly Uint8Array[],
): Step[] {
  if (steps === undefined) {
    return messages.map((bytes, i) => {
      const act = i === messages.length - 1 ? 'call' : 'send';
      return { on: 0, act, bytes, procedure: null, carry: [] };
    });
  }
  return steps.map(({ on, act, bytes, procedure, carry }) => ({
    on,
    act,
    bytes: new Uint8Array(Buffer.from(bytes, 'hex')),
    procedure: procedures.find((one) => procedureId(one) === procedure) ?? null,
    carry: carry.map(({ path, ...one }) => ({ ...one, wanted: (part) => part.path === path })),
  }));
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
