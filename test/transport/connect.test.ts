import * as diagnostics from 'node:diagnostics_channel';
import * as net from 'node:net';
import { expect } from 'chai';
import { starttlsVerifier } from '../../codec/rpc/auth/tls.ts';
import { encodeReply } from '../../codec/rpc/message.ts';
import { encodeRecord } from '../../codec/rpc/record-writer.ts';
import { connect } from '../../transport/connect.ts';
import { isTransportError } from '../../transport/errors.ts';
import { until } from '../until.ts';
import { dispose, duplexPair, scratch, watch } from './streams.ts';

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

function code(error: unknown): string {
  if (!isTransportError(error)) throw error;
  return error.code;
}

describe('connect', () => {
  const { path, remove } = scratch();
  after(remove);

  for (const target of ['tcp://127.0.0.1:0', 'tcp://[::1]:0', `unix://${path('a.sock')}`]) {
    it(`carries messages both ways over ${target}`, async () => {
      const pair = await duplexPair(target);
      pair.client.send(Buffer.from('to the server'));
      pair.server.send(Buffer.from('to the client'));
      pair.client.send(Buffer.alloc(0));
      pair.client.send(Buffer.alloc(300_000, 7));
      await pair.atServer.until((seen) => seen.messages.length === 3);
      await pair.atClient.until((seen) => seen.messages.length === 1);
      expect(pair.atServer.messages[0]?.toString()).to.equal('to the server');
      expect(pair.atServer.messages[1]?.length).to.equal(0);
      expect(pair.atServer.messages[2]?.equals(Buffer.alloc(300_000, 7))).to.equal(true);
      expect(pair.atClient.messages[0]?.toString()).to.equal('to the client');
      await dispose(pair);
    });
  }

  it('says who is at each end', async () => {
    const v6 = await duplexPair('tcp://[::1]:0');
    expect(v6.client.kind).to.equal('tcp');
    expect(v6.client.local.text).to.match(/^\[::1\]:\d+$/);
    expect(v6.client.local.text).to.equal(v6.server.remote.text);
    expect(v6.client.remote.text).to.equal(v6.server.local.text);
    expect(v6.client.security).to.equal(null);
    await dispose(v6);
    const unix = await duplexPair(`unix://${path('b.sock')}`);
    expect(unix.client.kind).to.equal('unix');
    expect(unix.server.local.text).to.equal(`unix:${path('b.sock')}`);
    await dispose(unix);
  });

  it('is UNREACHABLE where nobody listens', async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const error = await failure(connect(`tcp://127.0.0.1:${port}`));
    expect(code(error)).to.equal('UNREACHABLE');
    expect((error as Error).message).to.equal(`cannot connect to tcp://127.0.0.1:${port}: ECONNREFUSED`);
    expect(code(await failure(connect(`unix://${path('nobody.sock')}`)))).to.equal('UNREACHABLE');
  });

  it('refuses what no stream leads to', async () => {
    expect(code(await failure(connect('udp://127.0.0.1:111')))).to.equal('BAD_TARGET');
    expect(code(await failure(connect('fd:3')))).to.equal('BAD_TARGET');
  });

  it('gives up when its signal aborts, before and while connecting', async () => {
    const early = AbortSignal.abort(new Error('early'));
    expect(await failure(connect('tcp://127.0.0.1:1', { signal: early }))).to.have.property(
      'message',
      'early',
    );
    const controller = new AbortController();
    // TEST-NET-1 answers nothing, or the network says at once that it cannot be reached.
    const late = failure(connect('tcp://192.0.2.1:9', { signal: controller.signal, timeoutMs: 5000 }));
    controller.abort(new Error('late'));
    expect(await late).to.have.property('message', 'late');
  });

  it('hands nothing over when its signal aborts in the turn in which it is ready', async () => {
    const sockets: net.Socket[] = [];
    const server = net.createServer((socket) => void sockets.push(socket.on('error', () => {}).resume()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    for (const url of [`tcp://127.0.0.1:${port}`, `tls://127.0.0.1:${port}?verify=none`]) {
      const controller = new AbortController();
      const connected = (): void => controller.abort(new Error('in the same turn'));
      diagnostics.subscribe('net.client.socket', function once(message) {
        diagnostics.unsubscribe('net.client.socket', once);
        const { socket } = message as { socket: net.Socket };
        queueMicrotask(() => socket.once('connect', connected));
      });
      // Behind the listener that resolves, in front of whoever awaits it.
      const error = await failure(connect(url, { signal: controller.signal, timeoutMs: 2000 }));
      expect(error, url).to.have.property('message', 'in the same turn');
    }
    await until(() => sockets.length === 2);
    await until(() => sockets.every((socket) => socket.destroyed || socket.readableEnded));
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('counts every step towards one time limit', async () => {
    // Takes the connection at once, answers the probe late, and then is silent in the handshake.
    const sockets: net.Socket[] = [];
    const server = net.createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.once('data', (probe: Buffer) => {
        const xid = probe.readUInt32BE(4);
        const answer = encodeReply({ xid, verdict: 'SUCCESS', verifier: starttlsVerifier() });
        setTimeout(() => socket.write(encodeRecord(answer)), 200);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const from = performance.now();
    const error = await failure(connect(`tls://127.0.0.1:${port}?starttls=1`, { timeoutMs: 300 }));
    expect(code(error)).to.equal('TIMEOUT');
    expect(performance.now() - from).to.be.within(290, 480);
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('calls from the port it is told to, and from a reserved one', async function () {
    const free = net.createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as net.AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const pair = await duplexPair('tcp://127.0.0.1:0', { connect: { sourcePort: port } });
    expect(pair.server.remote.port).to.equal(port);
    await dispose(pair);
    if (process.getuid?.() !== 0) return this.skip();
    const reserved = await duplexPair('tcp://127.0.0.1:0', { connect: { sourcePort: 'reserved' } });
    expect(reserved.server.remote.port).to.be.within(600, 1023);
    await dispose(reserved);
  });

  it('delivers nothing before start, and everything after', async () => {
    let ended = false;
    const server = net.createServer((socket) =>
      socket.end(Buffer.from('800000026162', 'hex'), () => {
        ended = true;
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const client = await connect(`tcp://127.0.0.1:${port}`);
    await until(() => ended);
    const seen = watch(client);
    await seen.until((s) => s.ended === 1);
    expect(seen.bytes.toString()).to.equal('ab');
    client.close();
    await seen.closed();
    expect(seen.reason?.kind).to.equal('closed');
    server.close();
  });
});
