/**
 * Decorator that tells what passes a duplex, a line an event, numbers and names only: no bytes of a peer reach the
 * line. For `--trace` and for tests.
 */
import { type Incoming, Kind, VERDICT_NAMES, Verdict } from '../codec/rpc/incoming.ts';
import { type Dialect, oncRpc } from './dialect.ts';
import { joined } from './message.ts';
import type { DuplexHandlers, MessageDuplex } from './message-duplex.ts';

export interface TraceOptions {
  readonly dialect?: Dialect;
  /** before each line; default the remote end */
  readonly name?: string;
}

/** The same duplex, with `write` told of every message and change of state. */
export function trace(
  duplex: MessageDuplex,
  write: (line: string) => void,
  options: TraceOptions = {},
): MessageDuplex {
  const { dialect = oncRpc, name = duplex.remote.text } = options;
  const incoming = dialect.newIncoming();
  const say = (text: string): void => write(`${name} ${text}`);
  const message = (arrow: string, bytes: Uint8Array): void =>
    say(`${arrow} ${describe(dialect.classify(bytes, incoming))}, ${bytes.length} bytes`);
  return {
    get kind() {
      return duplex.kind;
    },
    get local() {
      return duplex.local;
    },
    get remote() {
      return duplex.remote;
    },
    get security() {
      return duplex.security;
    },
    get queued() {
      return duplex.queued;
    },
    start(handlers: DuplexHandlers) {
      duplex.start({
        message(bytes, owned) {
          message('<-', bytes);
          handlers.message(bytes, owned);
        },
        drain() {
          say('drained');
          handlers.drain();
        },
        end() {
          say('<- end');
          handlers.end();
        },
        closed(reason) {
          say(reason.error === undefined ? reason.kind : `${reason.kind}: ${reason.error.name}`);
          handlers.closed(reason);
        },
      });
    },
    send(sent) {
      message('->', joined(sent));
      const more = duplex.send(sent);
      if (!more) say('full');
      return more;
    },
    pause() {
      say('paused');
      duplex.pause();
    },
    resume() {
      say('resumed');
      duplex.resume();
    },
    end() {
      say('-> end');
      duplex.end();
    },
    close(deadlineMs) {
      say('closing');
      duplex.close(deadlineMs);
    },
    reset() {
      say('resetting');
      duplex.reset();
    },
  };
}

function describe({ kind, id, program, version, procedure, verdict, bad }: Incoming): string {
  if (kind === Kind.DROP) return `no message (${bad})`;
  const answer = verdict === -1 ? 'MALFORMED' : VERDICT_NAMES[verdict];
  const xid = id < 0 ? '' : ` 0x${id.toString(16).padStart(8, '0')}`;
  if (kind === Kind.REPLY) return `reply${xid} ${answer}`;
  return `call${xid} ${program}.${version}.${procedure}${verdict === Verdict.SUCCESS ? '' : ` ${answer}`}`;
}
