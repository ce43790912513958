/** What a replay is given, and what it gives back. Types. */
import type { Backoff } from '../client/udp.ts';
import type { Target } from '../transport/target.ts';
import type { Bodies } from './bodies.ts';
import type { Comparer } from './compare.ts';
import type { ReplayError } from './errors.ts';
import type { OpenLink } from './link.ts';
import type { Outcome, Tally } from './outcome.ts';
import type { Plan } from './plan.ts';
import type { RecordedCall } from './recorded-session.ts';
import type { ScheduleOptions } from './schedule.ts';
import type { StateMap } from './state-map.ts';

/** What goes out in the place of a call, and who judges its answer: the recording no longer can. */
export interface Mutated {
  readonly message: Uint8Array;
  /** `reply` null: none came; `isClosed`: for the connection ended */
  judge(reply: Uint8Array | null, isClosed: boolean): Pick<Outcome, 'verdict' | 'note'>;
}

/** Changes a call before it is sent; its new xid is in it already. Null: it goes as it is. */
export type Mutator = (call: RecordedCall, message: Uint8Array, bodyOff: number) => Mutated | null;

/** Told of every message, as it stands on the wire without its record mark. */
export type MessageTap = (
  target: Target,
  connection: number,
  direction: 'sent' | 'received',
  bytes: Uint8Array,
) => void;

export interface ReplayOptions {
  readonly plan: Plan;
  readonly bodies: Bodies;
  readonly comparer: Comparer;
  readonly map: StateMap | null;
  readonly schedule: ScheduleOptions;
  readonly target: (call: RecordedCall) => Target;
  readonly open: OpenLink;
  /** milliseconds that a reply, or a call of the server's, is waited for */
  readonly timeoutMs: number;
  /** milliseconds, monotonic */
  readonly now: () => number;
  readonly emit: (outcome: Outcome) => void;
  readonly mutate?: Mutator;
  readonly tap?: MessageTap;
  readonly signal?: AbortSignal;
  readonly firstXid?: number;
  /** when a datagram without its reply is sent again */
  readonly backoff?: Backoff;
}

export interface Replayed {
  readonly tally: Tally;
  readonly elapsedNs: number;
  /** why it ended before the session did */
  readonly lost: ReplayError | null;
  readonly isInterrupted: boolean;
}
