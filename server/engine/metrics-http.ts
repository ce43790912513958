/**
 * A listener for Prometheus: GET /metrics, nothing else. A thin shell; the text is the engine's. Bounded by Node's
 * own header limits and the time-outs set here; where too many are connected the oldest makes room, so that silence
 * cannot lock others out.
 */
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Listener } from '../../transport/channel.ts';

const TIMEOUT_MS = 5000;
const MOST_CONNECTIONS = 16;

/** Serves `text()` at http://host:port/metrics (port 0: any). Rejects where it cannot listen. */
export function serveMetrics(host: string, port: number, text: () => string): Promise<Listener> {
  // Node looks for those over their time only every half minute otherwise.
  const server = createServer({ connectionsCheckingInterval: 1000 }, (request, response) => {
    const [path] = (request.url ?? '').split('?');
    if (path !== '/metrics') response.writeHead(404).end();
    else if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405).end();
    else response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text());
  });
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    const [oldest] = open;
    if (open.size > MOST_CONNECTIONS) oldest?.destroy();
  });
  server.requestTimeout = TIMEOUT_MS;
  server.headersTimeout = TIMEOUT_MS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const at = server.address() as AddressInfo;
      const shown = at.family === 'IPv6' ? `[${at.address}]` : at.address;
      resolve({
        url: `http://${shown}:${at.port}/metrics`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}
