import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { encodeCall, encodeRecord, encodeReply } from '../../codec/rpc/index.ts';
import {
  AnswerBook,
  type Told as Answered,
  Answerer,
  Bodies,
  Lookups,
  linkOpener,
  type RecordedSession,
  type ServedSession,
  StateMap,
  serveSession,
} from '../../replay/index.ts';
import { parseTarget } from '../../transport/target.ts';
import { RawClient } from '../peers/daemon.ts';
import { allPrograms, recordedCall, sessionFrom, type Told, VIRT } from './sessions.ts';

const word = (n: number) => Uint8Array.of(0, 0, 0, n);
const KNOWN: Told = { ...VIRT, procedure: 6, args: word(1) };
const call = (xid: number, args = word(1), procedure = 6) =>
  encodeRecord(encodeCall({ xid, ...VIRT, procedure }, args));

describe('replay/serve-session', () => {
  let bodies: Bodies;
  let folder: string;
  const open: { close(): unknown }[] = [];

  before(async () => {
    bodies = new Bodies(await allPrograms());
    folder = mkdtempSync(join(tmpdir(), 'oncilla-serve-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  const answeringFor = (n: number) =>
    sessionFrom(Array.from({ length: n }, (_, i) => ({ ...KNOWN, results: word(i) })));

  async function serve(
    session: RecordedSession,
    listeners: readonly string[],
    { speed = Number.POSITIVE_INFINITY, forward = '' } = {},
  ): Promise<ServedSession & { told: Answered[] }> {
    const map = new StateMap();
    const book = new AnswerBook(session, bodies, { map });
    const lookups = new Lookups(book.programs, bodies);
    const told: Answered[] = [];
    const served = await serveSession({
      answerer: new Answerer({ book, bodies, lookups, map, speed }),
      lookups,
      listeners: listeners.map(parseTarget),
      forward: forward === '' ? null : { target: parseTarget(forward), open: linkOpener() },
      timeoutMs: 2000,
      onAnswer: (one) => told.push(one),
    });
    open.push(served);
    return { ...served, told };
  }

  async function client(url: string): Promise<RawClient> {
    const raw = await RawClient.connect(Number(/\d+$/.exec(url)![0]));
    open.push(raw);
    return raw;
  }

  async function lastBytes(raw: RawClient): Promise<number | undefined> {
    const reply = await raw.next();
    return reply?.type === 'accepted' ? reply.body.at(-1) : undefined;
  }

  it('answers over TCP and UNIX sockets, several programs and clients at once', async () => {
    const path = join(folder, 'a.sock');
    const { urls, told } = await serve(answeringFor(3), ['tcp://127.0.0.1:0', `unix://${path}`]);
    expect(urls[1]).to.equal(`unix://${path}`);
    const [one, two] = [await client(urls[0]!), await client(urls[0]!)];
    one.send(call(1), call(2));
    expect([await lastBytes(one), await lastBytes(one)]).to.deep.equal([0, 1]);
    two.send(call(1), call(2));
    expect([await lastBytes(two), await lastBytes(two)]).to.deep.equal([2, 2]);
    expect(told.map(({ answer }) => answer.how)).to.deep.equal(['exact', 'exact', 'exact', 'exact']);
    const local = await new Promise<Uint8Array>((resolve, reject) => {
      linkOpener()(parseTarget(urls[1]!), {
        message: (bytes) => resolve(new Uint8Array(bytes)),
        drain: () => {},
        closed: () => reject(new Error('closed')),
      }).then((link) => {
        open.push(link);
        link.send(call(5).subarray(4));
      }, reject);
    });
    expect([local[3], local.at(-1)]).to.deep.equal([5, 2]);
  });

  it('gives a datagram that is sent again the answer it had', async () => {
    const { urls } = await serve(answeringFor(3), ['udp://127.0.0.1:0']);
    const socket = createSocket('udp4');
    open.push({ close: () => socket.close() });
    const ask = async (xid: number) => {
      socket.send(call(xid).subarray(4), Number(/\d+$/.exec(urls[0]!)![0]), '127.0.0.1');
      const [bytes] = (await once(socket, 'message')) as [Buffer];
      return [bytes.readUInt32BE(0), bytes.at(-1)];
    };
    expect([await ask(1), await ask(1), await ask(2)]).to.deep.equal([
      [1, 0],
      [1, 0],
      [2, 1],
    ]);
  });

  it('answers when the recording did, and events behind it', async () => {
    const base = answeringFor(1);
    const [first] = base.calls;
    const slow = { ...first!, reply: { ...first!.reply!, atNs: 60e6 } };
    const event = recordedCall({ program: 0x20001a66, version: 1, procedure: 3 }, 1, 5, 6);
    const callbacks = [{ ...event, atNs: 90e6, connection: first!.connection }];
    const { urls } = await serve({ ...base, calls: [slow], callbacks }, ['tcp://127.0.0.1:0'], { speed: 1 });
    const raw = await client(urls[0]!);
    const start = performance.now();
    raw.send(call(1));
    raw.socket.end();
    expect(await lastBytes(raw)).to.equal(0);
    expect(performance.now() - start).to.be.greaterThan(55);
    // the event comes after the reply, though we have said that we are done; then the connection ends
    expect(await raw.ended()).to.equal('end');
    expect(raw.bytesReceived).to.equal(4 + 28 + 4 + event.bytes.length);
  });

  it('asks another server for what it does not have, under the xid of the caller', async () => {
    const other = await stranger((socket, xid) =>
      socket.write(encodeRecord(encodeReply({ xid, verdict: 'SUCCESS' }, word(9)))),
    );
    const { urls, told } = await serve(answeringFor(1), ['tcp://127.0.0.1:0'], { forward: other });
    const raw = await client(urls[0]!);
    raw.send(call(7, word(2)), call(8));
    const replies = [await raw.next(), await raw.next()];
    expect(
      new Map(replies.map((reply) => [reply!.xid, (reply as { body: Uint8Array }).body.at(-1)])),
    ).to.deep.equal(
      new Map([
        [8, 0],
        [7, 9],
      ]),
    );
    expect(told.map(({ isForwarded }) => isForwarded)).to.deep.equal([true, false]);
  });

  it('says SYSTEM_ERR for another server that cannot be reached, or goes away', async () => {
    const gone = await stranger((socket) => socket.destroy());
    for (const forward of ['tcp://127.0.0.1:1', gone]) {
      const { urls } = await serve(answeringFor(1), ['tcp://127.0.0.1:0'], { forward });
      const raw = await client(urls[0]!);
      raw.send(call(7, word(2)));
      expect(await raw.next()).to.include({ xid: 7, stat: 5 });
    }
  });

  it('ends a connection that sends what is no message', async () => {
    const { urls } = await serve(answeringFor(1), ['tcp://127.0.0.1:0']);
    const raw = await client(urls[0]!);
    raw.send(encodeRecord(Uint8Array.of(1, 2, 3)));
    expect(await raw.ended()).to.equal('reset');
  });

  it('closes what it opened when one listener cannot be had', async () => {
    const { urls } = await serve(answeringFor(1), ['tcp://127.0.0.1:0']);
    const failed = await serve(answeringFor(1), ['tcp://127.0.0.1:0', urls[0]!]).catch((e: Error) => e);
    expect(failed)
      .to.be.instanceOf(Error)
      .and.to.have.property('message')
      .that.matches(/EADDRINUSE|in use/i);
  });

  /** A server that does something for each call, by its xid. */
  async function stranger(serveCall: (socket: Socket, xid: number) => void): Promise<string> {
    const server: Server = createServer((socket) => {
      socket.on('data', (bytes) => serveCall(socket, Buffer.from(bytes).readUInt32BE(4)));
      socket.on('error', () => socket.destroy());
      open.push({ close: () => socket.destroy() });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(server);
    return `tcp://127.0.0.1:${(server.address() as { port: number }).port}`;
  }
});
