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
  /** it is of the server's reading of any bytes, whatever procedure they are of */
  readonly general?: true;
}

export interface JudgeRules {
  readonly served: Served;
  readonly profile: Profile;
  readonly stream: boolean;
  /** verdicts that valid calls get besides SUCCESS */
  readonly others: (declared: DeclaredProcedure) => Outcomes;
  /** milliseconds from which on an answer is late */
  readonly lateMs: number;
  /** ends the target's process and starts it anew, where it is ours */
  readonly restart?: () => Promise<void>;
}

/** What may come of bytes, and how the stream stands behind them. */
export interface BytesExpectation extends Expectation {
  readonly state: Framed['state'];
}

/** What may come of the bytes of a case, whole messages or framed. */
export function expectBytes(bytes: Uint8Array, rules: JudgeRules): BytesExpectation {
  const { served, profile } = rules;
  if (!rules.stream) return { ...expectMessage(bytes, served, profile), state: 'open' };
  const { messages, state } = frame(bytes);
  let allowed = messages.length === 0 || state !== 'open' ? Outcome.CLOSED | Outcome.SILENCE : 0;
  let refused: Expectation['refused'] = null;
  let declared: Expectation['declared'] = null;
  let at = '';
  for (const message of messages) {
    const one = expectMessage(message, served, profile);
    allowed |= one.allowed;
    if (refused === null) ({ refused, at } = one);
    declared ??= one.declared;
  }
  if (profile === 'lenient') {
    // Few servers put fragments together as they come; what a record reader refuses, another may take.
    if (isFragmented(bytes)) allowed |= Outcome.CLOSED | Outcome.SILENCE;
    // How long a record may be is each server's own affair: rpcbind's end at some thousand bytes.
    if (bytes.length > EVERYBODYS_RECORD) allowed |= Outcome.CLOSED;
    if (state === 'refused') allowed |= ANY_ANSWER;
  } else if (state === 'refused') allowed &= ~Outcome.SILENCE;
  return { allowed, refused, at, declared, state };
}

/** Bytes of a record that every server takes. */
const EVERYBODYS_RECORD = 8192;

const ANY_ANSWER =
  Outcome.SUCCESS | Outcome.GARBAGE_ARGS | Outcome.PROC_UNAVAIL | Outcome.PROG_UNAVAIL | Outcome.AUTH_ERROR;

function isFragmented(bytes: Uint8Array): boolean {
  return bytes.length > 0 && (bytes[0] as number) < 0x80;
}

/** What is wrong with what came, or null. */
export function judge(expected: Expectation, seen: Observation, rules: JudgeRules): Fault | null {
  if (seen.starved === true) return STARVED;
  const { declared } = expected;
  const allowed = expected.allowed | (declared === null ? 0 : rules.others(declared));
  const general = declared === null ? { general: true as const } : {};
  if (seen.reply === null) {
    const outcome = seen.closed ? Outcome.CLOSED : Outcome.SILENCE;
    if ((allowed & outcome) !== 0) return null;
    const oracle = seen.closed ? 'closed' : 'silence';
    const detail = `expected ${outcomesText(allowed)}, ${NO_ANSWER[oracle]}`;
    return { oracle, shape: oracle, detail, ...general };
  }
  const { outcome, fault } = readReply(seen.reply, declared);
  if (fault !== null) {
    return { oracle: 'reply', shape: fault, detail: `the reply is none: ${fault}`, ...general };
  }
  if ((allowed & outcome) === 0) return { ...wrong(expected, allowed, outcome), ...general };
  if (seen.milliseconds <= rules.lateMs) return null;
  const detail = `answered after ${Math.round(seen.milliseconds)} ms`;
  return { oracle: 'latency', shape: 'late', detail, ...general };
}

const STARVED: Fault = {
  oracle: 'canary',
  shape: 'starved',
  detail: 'others are not served while half a record is awaited',
  general: true,
};

const NO_ANSWER = { closed: 'the connection was closed', silence: 'no answer came' } as const;

function wrong({ refused, at, declared }: Expectation, allowed: Outcomes, outcome: Outcomes): Fault {
  const got = outcomesText(outcome);
  if (refused === 'HEADER') {
    const detail = `a header that ends early was answered ${got}`;
    return { oracle: 'accepted', shape: 'HEADER answered', detail };
  }
  const detail = `expected ${outcomesText(allowed)}, got ${got}`;
  // Of a call that names no procedure, what should have come says which part of its header was misread.
  const shape = declared === null ? `${got}, not ${outcomesText(allowed)}` : got;
  if (outcome === Outcome.SYSTEM_ERR) return { oracle: 'system', shape, detail: `${detail} for its input` };
  if (outcome === Outcome.SUCCESS && refused !== null) {
    const what = at === '' ? refused : `${refused} in ${at}`;
    return {
      oracle: 'accepted',
      shape: `${what} accepted`,
      detail: `arguments that are ${what} were answered SUCCESS`,
    };
  }
  return { oracle: 'verdict', shape, detail };
}
