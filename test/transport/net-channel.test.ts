import { once } from 'node:events';
import * as net from 'node:net';
import { expect } from 'chai';
import type { Channel } from '../../transport/channel.ts';
import { endpoint, netChannel, SOCKET_OPTIONS, SocketReads, takeOver } from '../../transport/net-channel.ts';
import { Seen, scratch, turns, watch } from './streams.ts';

/** Two ends of a connection over TCP, or over a UNIX socket at `path`; with `reads` both read with their own. */
async function ends(
  path?: string,
  reads?: SocketReads,
): Promise<{ a: Channel; b: Channel; close: () => void }> {
  const server = net.createServer(SOCKET_OPTIONS);
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  const accepted = new Promise<net.Socket>((resolve) => server.once('connection', resolve));
  const socket = new net.Socket({
    ...SOCKET_OPTIONS,
    ...(reads === undefined ? {} : { onread: reads.onread }),
  });
  if (reads !== undefined) socket.pause();
  const to = path === undefined ? { port: (server.address() as net.AddressInfo).port } : { path };
  await new Promise<void>((resolve) =>
    socket.connect({ ...SOCKET_OPTIONS, host: '127.0.0.1', ...to }, resolve),
  );
  return {
    a: netChannel(reads === undefined ? { socket } : { socket, reads }, path),
    b: netChannel(reads === undefined ? { socket: await accepted } : await accepted.then(takeOver), path),
    close: () => server.close(),
  };
}

/** Waits until the kernel has taken what it will of what is queued: many turns of the loop take no more of it. */
async function settled(channel: Channel): Promise<void> {
  for (let before = -1; before !== channel.queued; ) {
    before = channel.queued;
    await turns(20);
  }
}

describe('net-channel', () => {
  const { path, remove } = scratch();
  after(remove);

  for (const [kind, own] of [
    ['tcp', false],
    ['unix', false],
    ['tcp', true],
    ['unix', true],
  ] as const) {
    const open = (name: string): ReturnType<typeof ends> =>
      ends(kind === 'unix' ? path(`${name}${own}`) : undefined, own ? new SocketReads() : undefined);

    describe(`${kind}${own ? ', read without a buffer for each read' : ''}`, () => {
      it('stops the writer when the reader stops, and drains', async () => {
        const { a, b, close } = await open('pressure');
        const atA = watch(a);
        const atB = watch(b);
        b.pause();
        let written = 0;
        const chunk = Buffer.alloc(65_536);
        for (; written < 64 << 20 && a.queued < 1 << 20; written += chunk.length) a.write(chunk);
        await settled(a);
        expect(a.write(Buffer.alloc(1))).to.equal(false);
        const held = atB.bytes.length;
        await settled(a);
        expect(atB.bytes.length, 'read while paused').to.equal(held);
        expect(a.queued).to.be.greaterThan(0);
        b.resume();
        await atA.until((seen) => seen.drained > 0);
        await atB.until((seen) => seen.messages.reduce((n, m) => n + m.length, 0) === written + 1);
        expect(a.queued).to.equal(0);
        a.reset();
        b.reset();
        close();
      });

      it('half-closes: what is queued, then the end, and the other direction goes on', async () => {
        const { a, b, close } = await open('half');
        const atA = watch(a);
        const atB = watch(b);
        a.writeAll([Buffer.from('one '), Buffer.from('two')]);
        a.end();
        a.end();
        expect(a.write(Buffer.from('three'))).to.equal(false);
        await atB.until((seen) => seen.ended === 1);
        expect(atB.bytes.toString()).to.equal('one two');
        expect(atA.reason).to.equal(null);
        b.write(Buffer.from('answer'));
        b.end();
        await atA.closed();
        await atB.closed();
        expect([atA.bytes.toString(), atA.ended, atA.reason, atB.reason]).to.deep.equal([
          'answer',
          1,
          { kind: 'closed' },
          { kind: 'closed' },
        ]);
        close();
      });

      it('closes in good order: the last bytes arrive even when the other side still sends', async () => {
        const { a, b, close } = await open('close');
        const atA = watch(a);
        const atB = watch(b);
        b.write(Buffer.alloc(500_000));
        a.write(Buffer.from('goodbye'));
        a.close();
        a.close();
        await atB.until((seen) => seen.ended === 1);
        expect(atB.bytes.toString()).to.equal('goodbye');
        b.close();
        await atA.closed();
        await atB.closed();
        expect([atA.reason?.kind, atB.reason?.kind]).to.deep.equal(['closed', 'closed']);
        close();
      });

      it('is gone after a reset behind its own end', async () => {
        const { a, b, close } = await open('reset');
        const seen = watch(a);
        const atB = watch(b);
        a.end();
        await atB.until(({ ended }) => ended === 1);
        a.reset();
        await seen.closed();
        expect(seen.reason?.kind).to.equal('reset');
        b.reset();
        close();
      });

      it('closes at the deadline when the other side does not', async () => {
        const { a, b, close } = await open('deadline');
        const atA = watch(a);
        watch(b);
        const start = performance.now();
        a.close(50);
        await atA.closed();
        expect(performance.now() - start).to.be.within(40, 1000);
        expect(atA.reason).to.deep.equal({ kind: 'closed' });
        b.reset();
        close();
      });

      it('says once and last that it is gone', async () => {
        const { a, b, close } = await open('once');
        const atA = watch(a);
        const atB = watch(b);
        a.reset();
        a.reset();
        a.close();
        await atA.closed();
        expect(atA.reason).to.deep.equal({ kind: 'reset' });
        await atB.until((seen) => seen.ended > 0 || seen.reason !== null);
        if (kind === 'tcp') expect(atB.reason?.kind).to.equal('reset');
        b.reset();
        await atB.closed();
        close();
      });

      it('tells a late starter what happened before', async () => {
        const { a, b, close } = await open('late');
        b.write(Buffer.from('early'));
        b.close();
        await settled(b);
        const atA = watch(a);
        await atA.until((seen) => seen.ended === 1);
        expect(atA.bytes.toString()).to.equal('early');
        a.close();
        await atA.closed();
        a.reset();
        const gone = await open('gone');
        gone.a.reset();
        const atGoneB = watch(gone.b);
        await atGoneB.until(({ ended, reason }) => ended > 0 || reason !== null);
        await turns(10);
        const seen = new Seen();
        gone.a.start(seen.handlers);
        expect(seen.reason).to.equal(null);
        await seen.closed();
        gone.b.reset();
        gone.close();
        close();
      });
    });
  }

  it('reads to where the bytes are wanted, else into one buffer that all share', async () => {
    const { a, b, close } = await ends(undefined, new SocketReads());
    const wanted = new Uint8Array(8);
    const got: Uint8Array[] = [];
    const seen = new Seen();
    let rooms = [null, wanted.subarray(0, 3), wanted.subarray(3)];
    a.start({
      ...seen.handlers,
      data: (bytes) => {
        got.push(bytes);
        seen.handlers.data(bytes);
      },
      room: () => rooms.shift() ?? null,
    });
    rooms = [wanted.subarray(0, 3), wanted.subarray(3), null];
    watch(b);
    b.write(Buffer.from('one'));
    await seen.until(({ bytes }) => bytes.length === 3);
    b.write(Buffer.from('twofour'));
    await seen.until(({ bytes }) => bytes.length === 10);
    b.write(Buffer.from('five'));
    await seen.until(({ bytes }) => bytes.length === 14);
    expect(seen.bytes.toString()).to.equal('onetwofourfive');
    expect(Buffer.from(wanted).toString()).to.equal('twofour\0');
    expect(got.map((bytes) => bytes.buffer === wanted.buffer)).to.deep.equal([false, true, true, false]);
    expect(got[0]?.buffer).to.equal(got[3]?.buffer);
    a.reset();
    b.reset();
    close();
  });

  it('takes an accepted connection over before anything was read from it, and only once', async () => {
    const server = net.createServer(SOCKET_OPTIONS);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
    client.write('early');
    const [accepted] = (await once(server, 'connection')) as [net.Socket];
    const taken = takeOver(accepted);
    expect(taken.reads).to.not.equal(undefined);
    expect(taken.socket).to.not.equal(accepted);
    expect(takeOver(accepted)).to.deep.equal({ socket: accepted });
    await once(accepted, 'close');
    const seen = watch(netChannel(taken));
    await seen.until(({ bytes }) => bytes.length === 5);
    expect(seen.bytes.toString()).to.equal('early');
    taken.socket.destroy();
    client.on('error', () => {});
    // Nothing is left that the server would wait for.
    await new Promise((resolve) => server.close(resolve));
  });

  it('calls IPv4 addresses in IPv6 clothes what they are', () => {
    expect(endpoint('::ffff:127.0.0.1', 1)).to.deep.equal({
      text: '127.0.0.1:1',
      address: '127.0.0.1',
      port: 1,
    });
    expect(endpoint('::1', 2).text).to.equal('[::1]:2');
    expect(endpoint(undefined, undefined).text).to.equal(':0');
  });
});
