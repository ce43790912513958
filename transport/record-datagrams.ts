/**
 * Records what passes over a datagram socket: one flow in the recording for each other end, the oldest forgotten (and
 * begun anew) beyond a bound. A sink that fails is told no more; the socket goes on.
 */
import type { DatagramChannel, DatagramHandlers, Endpoint } from './channel.ts';
import { type ConnectionSink, carefulSink, type RecordSink } from './record.ts';

const MAX_FLOWS = 1024;

export function recordDatagrams(
  channel: DatagramChannel,
  sink: RecordSink,
  onProblem: (error: Error) => void,
): DatagramChannel {
  const flows = new Map<string, ConnectionSink>();
  const careful = carefulSink(sink, onProblem);
  const flowOf = (remote: Endpoint): ConnectionSink => {
    const known = flows.get(remote.text);
    if (known !== undefined) return known;
    for (const oldest of flows.keys()) {
      if (flows.size < MAX_FLOWS) break;
      flows.delete(oldest);
    }
    const flow = careful.open({ kind: 'udp', side: 'server', local: channel.local, remote });
    flows.set(remote.text, flow);
    return flow;
  };
  const tell = (direction: 'sent' | 'received', bytes: Uint8Array, remote: Endpoint): void =>
    flowOf(remote).message(direction, [bytes]);
  return {
    local: channel.local,
    start(handlers: DatagramHandlers) {
      channel.start({
        message(bytes, from) {
          tell('received', bytes, from);
          handlers.message(bytes, from);
        },
        closed: (reason) => handlers.closed(reason),
      });
    },
    send(bytes, to) {
      tell('sent', bytes, to);
      channel.send(bytes, to);
    },
    close: () => channel.close(),
  };
}
