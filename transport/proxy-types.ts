/** What a proxy is asked for, and what it tells: proxy.ts for streams, proxy-datagrams.ts for UDP. */
import type { Listener } from './channel.ts';
import type { RecordSink } from './record.ts';
import type { Target } from './target.ts';

export interface ProxyOptions {
  readonly listen: Target | string;
  readonly target: Target | string;
  readonly sink: RecordSink;
  /** at one time; more are refused */
  readonly maxConnections?: number;
  /** until a connection to the target is ready, handshakes included; milliseconds */
  readonly connectMs?: number;
  /** told of what goes wrong with one connection, or with recording; the proxy goes on */
  readonly onProblem?: (error: Error) => void;
  /** told that a certificate of the target's is not verified */
  readonly onInsecure?: (message: string) => void;
}

export interface ProxyCounts {
  /** connections (over UDP: clients) that were taken, and of these those that are open */
  readonly connections: number;
  readonly open: number;
  readonly refused: number;
  /** bytes passed on towards the target, and back */
  readonly there: number;
  readonly back: number;
}

export interface RunningProxy extends Listener {
  readonly counts: ProxyCounts;
  /** Takes no more, and ends what is open: in good order, after `deadlineMs` without. */
  stop(deadlineMs: number): Promise<void>;
}

/** The counts, while they grow. */
export interface Tally {
  connections: number;
  open: number;
  refused: number;
  there: number;
  back: number;
}

export interface Shared extends ProxyOptions {
  readonly listen: Target;
  readonly target: Target;
}
