/**
 * What one connection has agreed on and opened. A connection that never opens uses the first driver from its first
 * call of one on; then opening is too late. Closing ends it until it is opened again. Throws DriverError.
 */
import { VIRT_MINOR, type virt_agreement, type virt_exchange_args } from '../../codec/programs/virt.gen.ts';
import type { ConnectionView } from '../../transport/peer-types.ts';
import type { Driver } from '../drivers/driver.ts';
import { DriverError, invalid, invalidArgument } from '../drivers/error.ts';
import { type EventLimits, EventStream } from './event-stream.ts';
import { selectDriver } from './select-driver.ts';

/** Features that both sides must know of; `keepalive`: the daemon may ask whether the client lives. */
export const FEATURES: readonly string[] = ['keepalive'];

export class Session {
  readonly #drivers: readonly Driver[];
  readonly #connection: ConnectionView;
  readonly #limits: EventLimits;
  #agreed: virt_agreement | null = null;
  #driver: Driver | null = null;
  #closed = false;
  #events: EventStream | null = null;

  constructor(connection: ConnectionView, drivers: readonly Driver[], limits: EventLimits) {
    this.#connection = connection;
    this.#drivers = drivers;
    this.#limits = limits;
    connection.onClose(() => this.#events?.close());
  }

  /** the minor version agreed on, 0 without an exchange */
  get minor(): number {
    return this.#agreed?.minor ?? 0;
  }

  exchange({ minor_low: low, minor_high: high, features }: virt_exchange_args): virt_agreement {
    if (this.#agreed !== null) throw invalid('a version was agreed on already');
    if (low > high) throw invalidArgument(`minor versions ${low} to ${high} are none`);
    if (low > VIRT_MINOR)
      throw new DriverError(
        'NO_SUPPORT',
        `minor versions from ${low} on are not spoken, only 0 to ${VIRT_MINOR}`,
      );
    const known = FEATURES.filter((feature) => features.includes(feature));
    this.#agreed = { minor: Math.min(high, VIRT_MINOR), features: known };
    return this.#agreed;
  }

  open(uri: string | null): void {
    if (this.#driver !== null) throw invalid('connection already open');
    this.#driver = selectDriver(uri, this.#drivers);
    this.#closed = false;
  }

  close(): void {
    if (this.#closed) throw closed();
    this.#events?.close();
    this.#events = null;
    this.#driver = null;
    this.#closed = true;
  }

  driver(): Driver {
    if (this.#closed) throw closed();
    this.#driver ??= selectDriver(null, this.#drivers);
    return this.#driver;
  }

  /** The error domain of what the session itself refuses. */
  get errorDomain(): number | null {
    return this.#driver?.errorDomain ?? null;
  }

  events(): EventStream {
    this.#events ??= new EventStream(this.#connection, this.driver(), this.#limits);
    return this.#events;
  }
}

function closed(): DriverError {
  return new DriverError('INVALID_CONN', 'invalid connection: it was closed');
}
