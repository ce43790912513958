/**
 * Events to one client, as calls that nobody waits for: at most so many without a reply. Beyond that they are
 * counted instead of kept, and once there is room the client gets one overflow event with the count before any
 * other: never unbounded memory, never silent loss. A client that does not answer in time, or refuses, is told of
 * the following events all the same.
 */
import { isRpcError, type Procedure } from '../../codec/rpc/index.ts';
import { type Clock, systemClock } from '../../transport/clock.ts';
import type { ConnectionView } from '../../transport/peer-types.ts';

export interface EventSenderOptions {
  readonly program: number;
  readonly version: number;
  /** events without a reply, at most */
  readonly outstanding?: number;
  /** the event that says how many were left out */
  readonly overflow: (count: number) => { readonly procedure: Procedure; readonly args: unknown };
  /** an event that could not be sent for a reason of ours (its value is none of its type) */
  readonly onFailure?: (error: unknown) => void;
  readonly clock?: Clock;
}

const OUTSTANDING = 256;

/** How long a connection without room is left alone before it is told again what was lost. */
const RETRY_MS = 1000;

export class EventSender {
  readonly #connection: ConnectionView;
  readonly #options: EventSenderOptions;
  readonly #most: number;
  #outstanding = 0;
  #lost = 0;
  #gone = false;
  #stopRetry: (() => void) | null = null;

  constructor(connection: ConnectionView, options: EventSenderOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#most = options.outstanding ?? OUTSTANDING;
    connection.onClose(() => {
      this.#gone = true;
      this.#stopRetry?.();
    });
  }

  /** Events left out and not yet told of. */
  get lost(): number {
    return this.#lost;
  }

  get outstanding(): number {
    return this.#outstanding;
  }

  /** Sends an event, or counts it as lost: false. */
  send(procedure: Procedure, args: unknown): boolean {
    if (this.#gone) return false;
    this.#confess();
    if (this.#lost > 0 || this.#outstanding >= this.#most) {
      this.#lost++;
      return false;
    }
    this.#call(procedure, args, 1);
    return true;
  }

  /** Tells of what was lost, once there is room. */
  #confess(): void {
    if (this.#lost === 0 || this.#gone || this.#outstanding >= this.#most) return;
    const count = this.#lost;
    this.#lost = 0;
    const { procedure, args } = this.#options.overflow(count);
    this.#call(procedure, args, count);
  }

  /** `worth`: how many events are lost with this one when the connection has no room for it. */
  #call(procedure: Procedure, args: unknown, worth: number): void {
    const { program, version } = this.#options;
    this.#outstanding++;
    this.#connection.callback(program, version, procedure, args).then(
      () => this.#settled(),
      (error: unknown) => {
        if (isRpcError(error) && error.code === 'LIMIT') {
          this.#outstanding--;
          this.#lost += worth;
          this.#retryLater();
          return;
        }
        if (!isRpcError(error) || error.code === 'BAD_VALUE') this.#options.onFailure?.(error);
        this.#settled();
      },
    );
  }

  /** The connection itself has no room: no reply of ours will say when it has. */
  #retryLater(): void {
    if (this.#gone) return;
    this.#stopRetry ??= (this.#options.clock ?? systemClock).every(RETRY_MS, () => {
      this.#stopRetry?.();
      this.#stopRetry = null;
      this.#confess();
    });
  }

  #settled(): void {
    this.#outstanding--;
    // Half empty before it is told, so that one slow client does not get an overflow for every other event.
    if (this.#outstanding <= this.#most / 2) this.#confess();
  }
}
