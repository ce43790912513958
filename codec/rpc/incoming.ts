/**
 * What a dialect says of a message that came in (transport/dialect.ts): its kind, and a verdict in the words of
 * RFC 5531, which other dialects translate theirs to. Numbers and names only.
 */
import { AcceptStat } from './message.ts';

/** DROP: nothing that can be answered, or taken as an answer. */
export const Kind = { CALL: 0, REPLY: 1, DROP: 2 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Why a message is dropped: its header is not whole, or it is of no known type. */
export type BadMessage = 'header' | 'msg_type';

/**
 * RFC 5531's verdicts by number: the accept_stats, then the two reasons for denial. FAILED: an error of the program's
 * own, in dialects that say so in the header (ONC RPC leaves it to the results).
 */
export const Verdict = { ...AcceptStat, RPC_MISMATCH: 6, AUTH_ERROR: 7, FAILED: 8 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** By number. */
export const VERDICT_NAMES = [
  'SUCCESS',
  'PROG_UNAVAIL',
  'PROG_MISMATCH',
  'PROC_UNAVAIL',
  'GARBAGE_ARGS',
  'SYSTEM_ERR',
  'RPC_MISMATCH',
  'AUTH_ERROR',
  'FAILED',
] as const;

/** What a verdict other than SUCCESS carries: the versions that would do, the auth_stat, or text where there is room. */
export interface VerdictDetail {
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  readonly authStat?: number | undefined;
  readonly message?: string;
}

/** What a header says. One object serves any number of messages. What a message of its kind does not have is -1. */
export interface Incoming {
  readonly kind: Kind;
  /** pairs a reply with its call; of a call, -1: it is served and never answered */
  readonly id: number;
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  /** of a call: SUCCESS, it is to be served, else what to answer. Of a reply: its own; -1, it cannot be read */
  readonly verdict: Verdict | -1;
  /** of a call to be answered with AUTH_ERROR */
  readonly authStat: number;
  /** why it is dropped */
  readonly bad: BadMessage | null;
  /** where arguments or results begin */
  readonly bodyOff: number;
}
