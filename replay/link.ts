/**
 * One connection to the target as a replay uses it: whole messages out and in, over a stream or datagrams. The only
 * place here that opens sockets. Rejects with TransportError.
 */
import type { CloseReason } from '../transport/channel.ts';
import { type ConnectOptions, connect } from '../transport/connect.ts';
import { type RecordSink, record } from '../transport/record.ts';
import type { Target } from '../transport/target.ts';
import { openUdp } from '../transport/udp.ts';

export interface LinkHandlers {
  /** valid during the call only */
  message(bytes: Uint8Array): void;
  /** there is room for more */
  drain(): void;
  closed(reason: CloseReason): void;
}

export interface Link {
  /** false: wait for drain */
  send(message: Uint8Array): boolean;
  close(): void;
}

/** Opens a connection to the target of a recorded one. */
export type OpenLink = (target: Target, handlers: LinkHandlers) => Promise<Link>;

const CLOSE_MS = 1000;

/** `sink`: told of every message, as it stands on the wire in the clear. */
export function linkOpener(options: ConnectOptions = {}, sink: RecordSink | null = null): OpenLink {
  return async (target, handlers) => {
    if (target.kind === 'udp') return openDatagrams(target, handlers, sink);
    const plain = await connect(target, options);
    const duplex = sink === null ? plain : record(plain, sink, { side: 'client' });
    duplex.start({
      message: (bytes) => handlers.message(bytes),
      drain: () => handlers.drain(),
      end: () => duplex.close(CLOSE_MS),
      closed: (reason) => handlers.closed(reason),
    });
    return { send: (message) => duplex.send(message), close: () => duplex.close(CLOSE_MS) };
  };
}

async function openDatagrams(target: Target, handlers: LinkHandlers, sink: RecordSink | null): Promise<Link> {
  let link: Link | null = null;
  const { channel, to } = await openUdp(target, {
    // nobody listens there: what was sent will not be answered
    onProblem: () => link?.close(),
  });
  const recorded = sink?.open({ kind: 'udp', side: 'client', local: channel.local, remote: to });
  channel.start({
    message(bytes) {
      recorded?.message('received', [bytes]);
      handlers.message(bytes);
    },
    closed: (reason) => handlers.closed(reason),
  });
  link = {
    send(message) {
      recorded?.message('sent', [message]);
      channel.send(message, to);
      return true;
    },
    close: () => channel.close(),
  };
  return link;
}
