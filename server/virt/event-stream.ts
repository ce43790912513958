/**
 * What one connection has registered for, and its events: each a call of VIRT_EVENTS to the client, bounded by the
 * engine's EventSender. Subscribes to the driver while there is a registration. Throws DriverError.
 */
import { uuidText } from '../../codec/programs/uuid.ts';
import {
  programs,
  VIRT_UUID_LENGTH,
  type virt_event_register_args,
  virt_event_source,
} from '../../codec/programs/virt.gen.ts';
import type { Procedure } from '../../codec/rpc/index.ts';
import type { ConnectionView } from '../../transport/peer-types.ts';
import type { Driver, DriverEvent } from '../drivers/driver.ts';
import { invalidArgument, tooMuch } from '../drivers/error.ts';
import { EventSender } from '../engine/event-sender.ts';
import { wireDomain, wireNetwork } from './result.ts';

export interface EventLimits {
  /** events without a reply, of one client */
  readonly outstanding: number;
  readonly registrations: number;
}

export const EVENT_LIMITS: EventLimits = { outstanding: 256, registrations: 64 };

interface Registration {
  readonly source: DriverEvent['source'];
  /** null: all */
  readonly uuid: string | null;
}

export const EVENTS_PROGRAM = 0x20001a66;
export const EVENTS_VERSION = 1;

export class EventStream {
  readonly #connection: ConnectionView;
  readonly #driver: Driver;
  readonly #limits: EventLimits;
  readonly #registrations = new Map<number, Registration>();
  #sender: EventSender | null = null;
  #unsubscribe: (() => void) | null = null;
  #lastId = 0;

  constructor(connection: ConnectionView, driver: Driver, limits: EventLimits) {
    this.#connection = connection;
    this.#driver = driver;
    this.#limits = limits;
  }

  register({ source, object }: virt_event_register_args): number {
    if (object.length !== 0 && object.length !== VIRT_UUID_LENGTH)
      throw invalidArgument('an object is a UUID, or empty for all');
    if (this.#registrations.size >= this.#limits.registrations)
      throw tooMuch(`${this.#limits.registrations} registrations`);
    const id = ++this.#lastId;
    this.#registrations.set(id, {
      source: source === virt_event_source.VIRT_EVENT_SOURCE_DOMAIN ? 'domain' : 'network',
      uuid: object.length === 0 ? null : uuidText(object),
    });
    this.#unsubscribe ??= this.#driver.subscribe((event) => this.#send(event));
    return id;
  }

  deregister(registration: number): void {
    if (!this.#registrations.delete(registration)) throw invalidArgument(`no registration ${registration}`);
    if (this.#registrations.size === 0) this.close();
  }

  /** Ends all registrations. */
  close(): void {
    this.#registrations.clear();
    this.#unsubscribe?.();
    this.#unsubscribe = null;
  }

  #send(event: DriverEvent): void {
    this.#sender ??= new EventSender(this.#connection, {
      program: EVENTS_PROGRAM,
      version: EVENTS_VERSION,
      outstanding: this.#limits.outstanding,
      overflow: (lost) => ({ procedure: eventProcedure('VIRT_EVENTS_OVERFLOW'), args: { lost } }),
    });
    for (const [registration, { source, uuid }] of this.#registrations) {
      if (source !== event.source || (uuid !== null && uuid !== event.ref.uuid)) continue;
      const { kind, detail } = event;
      if (event.source === 'domain') {
        const args = { registration, kind, detail, dom: wireDomain(event.ref) };
        this.#sender.send(eventProcedure('VIRT_EVENTS_DOMAIN'), args);
      } else {
        const args = { registration, kind, detail, net: wireNetwork(event.ref) };
        this.#sender.send(eventProcedure('VIRT_EVENTS_NETWORK'), args);
      }
    }
  }
}

const EVENT_PROCEDURES: ReadonlyMap<string, Procedure> = new Map(
  programs
    .filter(({ number }) => number === EVENTS_PROGRAM)
    .flatMap(({ versions }) => versions)
    .flatMap(({ procedures }) => procedures)
    .map((procedure) => [procedure.name, procedure]),
);

export function eventProcedure(name: string): Procedure {
  const procedure = EVENT_PROCEDURES.get(name);
  if (procedure === undefined) throw new TypeError(`VIRT_EVENTS has no ${name}`);
  return procedure;
}
