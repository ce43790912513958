/**
 * The oracle for one case: what was expected of its bytes held against what came. Pure; replies may be any bytes.
 */

import type { DeclaredProcedure } from '../codec/rpc/index.ts';
import { type Expectation, expectMessage, type Framed, frame, type Profile, type Served } from './expect.ts';
import { Outcome, type Outcomes, outcomesText, readReply } from './outcome.ts';

/**
 * What a finding is of. `accepted`: arguments that do not decode were taken. `verdict`: another answer than any that is
 * allowed. `system`: SYSTEM_ERR for input. `silence`, `closed`: no answer where one is due. `reply`: one that is none.
 * `taint`: memory of another's message in it. `canary`: others are no longer served. `crash`: the process is gone.
 * `latency`: late. `memory`, `descriptors`: more of them than before, for good.
 */
export type Oracle =
  | 'accepted'
  | 'verdict'
  | 'system'
  | 'silence'
  | 'closed'
  | 'reply'
  | 'taint'
  | 'canary'
  | 'crash'
  | 'latency'
  | 'memory'
  | 'descriptors';

/** What came of a case. `reply` null: none; then `closed` says whether the connection ended. */
export interface Observation {
  readonly reply: Uint8Array | null;
  readonly closed: boolean;
  readonly milliseconds: number;
  /** while half a record of it was there, a NULL on another connection was not answered */
  readonly starved?: boolean;
}

export interface Fault {
  readonly oracle: Oracle;
  /** the shape of what came, for the bucket: 'SUCCESS', 'TRUNCATED in items' */
  readonly shape: string;
  readonly detail: string;
}

/** Faults that are of the server's reading of any call, whatever procedure it is of. */
export function isGeneral({ shape }: Fault): boolean {
  return shape === 'HEADER answered';
}

export interface JudgeRules {
  readonly served: Served;
  readonly profile: Profile;
  readonly stream: boolean;
  /** verdicts that valid calls get besides SUCCESS */
  readonly others: (declared: DeclaredProcedure) => Outcomes;
  /** milliseconds from which on an answer is late */
  readonly lateMs: number;
}

/** What may come of the bytes of a case, whole messages or framed. */
export function expectBytes(
  bytes: Uint8Array,
  rules: JudgeRules,
): Expectation & { readonly state: Framed['state'] } {
  const { served, profile, others } = rules;
  if (!rules.stream) return { ...expectMessage(bytes, served, profile, others), state: 'open' };
  const { messages, state } = frame(bytes);
  let allowed = messages.length === 0 || state !== 'open' ? Outcome.CLOSED | Outcome.SILENCE : 0;
  let [refused, declared]: [Expectation['refused'], Expectation['declared']] = [null, null];
  for (const message of messages) {
    const one = expectMessage(message, served, profile, others);
    allowed |= one.allowed;
    refused ??= one.refused;
    declared ??= one.declared;
  }
  if (profile === 'lenient') {
    // Few servers put fragments together as they come; what a record reader refuses, another may take.
    if (isFragmented(bytes)) allowed |= Outcome.CLOSED | Outcome.SILENCE;
    if (state === 'refused') allowed |= ANY_ANSWER;
  } else if (state === 'refused') allowed &= ~Outcome.SILENCE;
  return { allowed, refused, declared, state };
}

const ANY_ANSWER =
  Outcome.SUCCESS | Outcome.GARBAGE_ARGS | Outcome.PROC_UNAVAIL | Outcome.PROG_UNAVAIL | Outcome.AUTH_ERROR;

function isFragmented(bytes: Uint8Array): boolean {
  return bytes.length > 0 && (bytes[0] as number) < 0x80;
}

/** What is wrong with what came, or null. */
export function judge(expected: Expectation, seen: Observation, rules: JudgeRules): Fault | null {
  const { allowed } = expected;
  if (seen.starved === true) {
    return {
      oracle: 'canary',
      shape: 'starved',
      detail: 'others are not served while half a record is awaited',
    };
  }
  if (seen.reply === null) {
    const outcome = seen.closed ? Outcome.CLOSED : Outcome.SILENCE;
    if ((allowed & outcome) !== 0) return null;
    const oracle = seen.closed ? 'closed' : 'silence';
    return { oracle, shape: oracle, detail: `expected ${outcomesText(allowed)}, ${NO_ANSWER[oracle]}` };
  }
  const { outcome, fault } = readReply(seen.reply, expected.declared);
  if (fault !== null) return { oracle: 'reply', shape: fault, detail: `the reply is none: ${fault}` };
  if ((allowed & outcome) === 0) return wrong(expected, outcome);
  if (seen.milliseconds <= rules.lateMs) return null;
  const detail = `answered after ${Math.round(seen.milliseconds)} ms`;
  return { oracle: 'latency', shape: 'late', detail };
}

const NO_ANSWER = { closed: 'the connection was closed', silence: 'no answer came' } as const;

function wrong({ allowed, refused }: Expectation, outcome: Outcomes): Fault {
  const shape = outcomesText(outcome);
  if (refused === 'HEADER') {
    const detail = `a header that ends early was answered ${shape}`;
    return { oracle: 'accepted', shape: 'HEADER answered', detail };
  }
  if (outcome === Outcome.SYSTEM_ERR) {
    return {
      oracle: 'system',
      shape,
      detail: `expected ${outcomesText(allowed)}, got SYSTEM_ERR for its input`,
    };
  }
  if (outcome === Outcome.SUCCESS && refused !== null) {
    return {
      oracle: 'accepted',
      shape: `${refused} accepted`,
      detail: `arguments that are ${refused} were answered SUCCESS`,
    };
  }
  return { oracle: 'verdict', shape, detail: `expected ${outcomesText(allowed)}, got ${shape}` };
}
