/**
 * VIRT as a service for the engine: sessions around the drivers. Access and minor versions come from the table
 * beside virt.x. Refusals of a driver or a session are errors inside the result; a procedure newer than what was
 * agreed on, or without meaning on a transport, is PROC_UNAVAIL.
 */
import { virtProcedures } from '../../codec/programs/virt.declare.ts';
import {
  programs,
  virt_error_domain,
  type virt_event_register_args,
  type virt_exchange_args,
  type virt_open_args,
  type virt_registration_args,
} from '../../codec/programs/virt.gen.ts';
import { RpcError } from '../../codec/rpc/index.ts';
import type { CallContext, ConnectionView, Handler, Service } from '../../transport/peer-types.ts';
import type { Driver } from '../drivers/driver.ts';
import { driverCalls } from './driver-calls.ts';
import {
  EVENT_LIMITS,
  EVENTS_PROGRAM,
  EVENTS_VERSION,
  type EventLimits,
  eventProcedure,
} from './event-stream.ts';
import { answer, type Result } from './result.ts';
import { Session } from './session.ts';

export const VIRT_PROGRAM = 0x20001a65;

/** What may change while VIRT is served. */
export interface VirtLimits {
  readonly limits?: Partial<EventLimits>;
  /** of the NULL calls to clients that agreed on `keepalive` */
  readonly keepalive?: Partial<KeepaliveLimits>;
}

export interface VirtServiceOptions extends VirtLimits {
  /** what may be opened; the first is what a connection uses that never opens. At least one */
  readonly drivers: readonly Driver[];
  /** the daemon's, major * 1,000,000 + minor * 1,000 + release */
  readonly version: bigint;
}

export interface VirtService extends Service {
  /** for sessions that begin from now on; what is not given has its default */
  setLimits(limits: VirtLimits): void;
}

/** A client that agreed on `keepalive` is asked after `intervalMs` of silence (0: never), `count` times in a row. */
export interface KeepaliveLimits {
  readonly intervalMs: number;
  readonly count: number;
}

type SessionCall = (session: Session, args: never, context: CallContext) => Result<object>;

/** Throws TypeError without a driver. */
export function createVirtService(options: VirtServiceOptions): VirtService {
  const { drivers, version } = options;
  const [first] = drivers;
  const program = programs.find(({ number }) => number === VIRT_PROGRAM);
  if (first === undefined || program === undefined)
    throw new TypeError('VIRT is served with a driver at least');
  let limits: EventLimits;
  let keepalive: Partial<KeepaliveLimits>;
  const setLimits = (given: VirtLimits): void => {
    limits = { ...EVENT_LIMITS, ...given.limits };
    keepalive = given.keepalive ?? {};
  };
  setLimits(options);
  const sessions = new WeakMap<ConnectionView, Session>();
  const sessionOf = (connection: ConnectionView): Session => {
    let session = sessions.get(connection);
    if (session === undefined) {
      session = new Session(connection, drivers, limits);
      sessions.set(connection, session);
    }
    return session;
  };

  const sessionCalls: Readonly<Record<string, SessionCall>> = {
    VIRT_VERSION_EXCHANGE: (session, args: virt_exchange_args, { connection }) => {
      const agreed = session.exchange(args);
      if (agreed.features.includes('keepalive') && keepalive.intervalMs !== 0) {
        connection.keepalive?.({
          program: EVENTS_PROGRAM,
          version: EVENTS_VERSION,
          procedure: eventProcedure('VIRT_EVENTS_NULL'),
          ...keepalive,
        });
      }
      return { agreed };
    },
    VIRT_OPEN: (session, { uri }: virt_open_args) => {
      session.open(uri);
      return {};
    },
    VIRT_CLOSE: (session) => {
      session.close();
      return {};
    },
    VIRT_GET_DAEMON_VERSION: (session) => {
      session.driver();
      return { number: version };
    },
    VIRT_EVENT_REGISTER: (session, args: virt_event_register_args) => ({
      registration: session.events().register(args),
    }),
    VIRT_EVENT_DEREGISTER: (session, { registration }: virt_registration_args) => {
      session.events().deregister(registration);
      return {};
    },
  };

  const handler = (name: string): Handler | undefined => {
    const driverCall = driverCalls.get(name);
    if (driverCall !== undefined) {
      return (args, { connection }) => {
        const { access } = connection;
        if (!isConnected(connection)) {
          return answer(() => driverCall({ driver: first, access }, args), first.errorDomain);
        }
        const session = sessionOf(connection);
        return answer(
          () => driverCall({ driver: session.driver(), access }, args),
          session.errorDomain ?? first.errorDomain,
        );
      };
    }
    const sessionCall = Object.hasOwn(sessionCalls, name) ? sessionCalls[name] : undefined;
    if (sessionCall === undefined) return undefined;
    return (args, context) =>
      answer(
        () => sessionCall(sessionOf(context.connection), args as never, context),
        virt_error_domain.VIRT_FROM_RPC,
      );
  };

  return {
    program,
    setLimits,
    handler,
    access: new Map([...virtProcedures].map(([name, { access }]) => [name, access])),
    guard: ({ procedure, connection }) => {
      const needs = virtProcedures.get(procedure.name);
      const connected = isConnected(connection);
      if (needs === undefined || (needs.connected && !connected))
        return new RpcError('PROC_UNAVAIL', `${procedure.name} needs a connection`);
      const minor = connected ? sessionOf(connection).minor : 0;
      return needs.since <= minor
        ? null
        : new RpcError('PROC_UNAVAIL', `${procedure.name} was not agreed on`);
    },
  };
}

/** Over UDP there is nobody to remember. */
function isConnected({ transport }: ConnectionView): boolean {
  return transport !== 'udp';
}
