/**
 * The limits of DESIGN section 6 as options of `oncilla serve`, and back from the options to what each layer takes.
 * Values are checked by the argument pass; nothing throws here. Times are seconds on the command line, milliseconds
 * inside.
 */
import type { Limits } from '../../codec/xdr/index.ts';
import type { EngineLimits } from '../../server/engine/limits.ts';
import type { KeepaliveLimits } from '../../server/virt/virt-service.ts';
import type { Arguments } from '../arguments.ts';
import type { Option, OptionTable } from '../command.ts';

/** Every limit a daemon keeps, by the part that keeps it; only what was given. */
export interface ServeLimits {
  readonly engine: Partial<EngineLimits>;
  readonly decode: Partial<Limits>;
  /** registrations of one client */
  readonly registrations: number | undefined;
  /** of clients that agreed on it; an interval of 0 is none */
  readonly keepalive: Partial<KeepaliveLimits>;
  /** replies that the duplicate-request cache of UDP remembers */
  readonly udpCache: number | undefined;
}

const count = (describe: string, minimum = 1): Option => ({ value: 'N', minimum, describe });
const bytes = (describe: string): Option => ({ value: 'BYTES', minimum: 1, describe });
const seconds = (describe: string, minimum = 1): Option => ({ value: 'S', minimum, describe });

export const LIMIT_OPTIONS = {
  'max-connections': count('open connections (1024, never above the descriptors less 64)'),
  'max-newcomers': count('connections without a whole call yet; the oldest makes room (256)'),
  'max-in-flight': count('calls of one connection being served at once (128)'),
  'max-queued': bytes('replies waiting for one client to take them (8388608)'),
  'max-stalled': seconds('how long a client may leave its replies lying (30)'),
  'max-record': bytes('a whole record, all fragments together (4194304)'),
  'max-fragments': count('fragments of one record (4096)'),
  'max-empty-fragments': count('empty fragments of one record (8)', 0),
  'max-partial': seconds('a half-received record without progress (10)'),
  'min-rate': bytes('a half-received record must come at this many bytes a second (65536)'),
  'max-string': bytes('a string without a limit of its own (1048576)'),
  'max-opaque': bytes('opaque bytes without a limit of their own (1048576)'),
  'max-array': count('elements of an array without a limit of its own (65536)'),
  'max-depth': count('nesting of a value (64)'),
  'max-list': count('elements of a linked list (100000)'),
  'max-idle': seconds('close a connection silent for so long (0: never)', 0),
  'tcp-keepalive': seconds(
    'let TCP ask a silent connection whether it is there after so long (5; 0: never)',
    0,
  ),
  'keepalive-interval': seconds(
    'ask a client that agreed on it whether it lives after so long (5; 0: never)',
    0,
  ),
  'max-keepalive': count('such questions in a row without a sign of life (5)'),
  'max-handshake': seconds('a TLS handshake (10)'),
  'max-events': count('events on their way to one client (256)'),
  'max-registrations': count('event registrations of one client (64)'),
  'max-udp-cache': count('replies remembered for repeated UDP calls (4096)'),
} as const satisfies OptionTable;

/** What the options say about limits. */
export function limitsFrom(args: Arguments): ServeLimits {
  const n = (name: keyof typeof LIMIT_OPTIONS) => args.integer(name);
  const ms = (name: keyof typeof LIMIT_OPTIONS) => {
    const value = n(name);
    return value === undefined ? undefined : value * 1000;
  };
  return {
    engine: given<EngineLimits>({
      connections: n('max-connections'),
      newcomers: n('max-newcomers'),
      inFlight: n('max-in-flight'),
      queuedBytes: n('max-queued'),
      stalledMs: ms('max-stalled'),
      outstanding: n('max-events'),
      partialMs: ms('max-partial'),
      partialRate: n('min-rate'),
      idleMs: ms('max-idle'),
      handshakeMs: ms('max-handshake'),
      tcpKeepaliveMs: ms('tcp-keepalive'),
      recordBytes: n('max-record'),
      fragments: n('max-fragments'),
      emptyFragments: n('max-empty-fragments'),
    }),
    decode: given<Limits>({
      string: n('max-string'),
      opaque: n('max-opaque'),
      array: n('max-array'),
      depth: n('max-depth'),
      list: n('max-list'),
    }),
    registrations: n('max-registrations'),
    keepalive: given<KeepaliveLimits>({ intervalMs: ms('keepalive-interval'), count: n('max-keepalive') }),
    udpCache: n('max-udp-cache'),
  };
}

function given<T extends object>(values: { readonly [K in keyof T]?: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
