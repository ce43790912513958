import { once } from 'node:events';
import * as net from 'node:net';
import { expect } from 'chai';
import { AuthFlavor } from '../../codec/rpc/auth/flavors.ts';
import { starttlsVerifier } from '../../codec/rpc/auth/tls.ts';
import { decodeMessage, encodeCall, encodeReply, type ReplyInit } from '../../codec/rpc/message.ts';
import { encodeRecord } from '../../codec/rpc/record-writer.ts';
import type { Endpoint } from '../../transport/channel.ts';
import { connect } from '../../transport/connect.ts';
import { isTransportError } from '../../transport/errors.ts';
import { type ListenOptions, listen } from '../../transport/listen.ts';
import { until } from '../until.ts';
import { type Certificates, hasOpenssl, makeCertificates } from './certificates.ts';
import { attend, dispose, duplexPair, Seen, scratch } from './streams.ts';

const NOTHING = new Uint8Array(0);

function probe(more: Partial<Parameters<typeof encodeCall>[0]> = {}): Uint8Array {
  const credential = { flavor: AuthFlavor.TLS, body: NOTHING };
  return encodeCall({ xid: 7, program: 100000, version: 2, procedure: 0, credential, ...more });
}

describe('starttls (needs openssl)', () => {
  const { path, remove } = scratch();
  let certificates: Certificates;

  before(function () {
    if (!hasOpenssl()) return this.skip();
    certificates = makeCertificates(path);
  });
  after(remove);

  const REQUIRED = 'tls://127.0.0.1:0?starttls=1';
  const query = (): string => `?starttls=1&ca=${certificates.ca}`;

  it('turns to TLS 1.3 with ALPN sunrpc after the probe', async () => {
    const pair = await duplexPair(REQUIRED, { listen: { tls: certificates.server }, query: query() });
    pair.client.send(Buffer.from('secret'));
    pair.server.send(Buffer.from('too'));
    await pair.atServer.until((seen) => seen.messages.length === 1);
    await pair.atClient.until((seen) => seen.messages.length === 1);
    expect(pair.atServer.bytes.toString()).to.equal('secret');
    for (const end of [pair.client, pair.server]) {
      expect(end.kind).to.equal('tls');
      expect(end.security).to.deep.include({ protocol: 'TLSv1.3', alpn: 'sunrpc' });
    }
    await dispose(pair);
  });

  it('looks at client certificates as any TLS does', async () => {
    const allow = ['C=GB,O=Oncilla\\, Inc,CN=alice'];
    const pair = await duplexPair(REQUIRED, {
      listen: { tls: { ...certificates.server, ca: certificates.ca, allow } },
      connect: { tls: certificates.alice },
      query: query(),
    });
    expect(pair.server.security?.authorized).to.equal(true);
    await dispose(pair);
  });

  /** The client against a server that answers the probe with `answer`, whatever that is. */
  async function against(answer: (probe: Buffer) => Uint8Array | null): Promise<string> {
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (bytes: Buffer) => {
        const reply = answer(bytes);
        if (reply === null) socket.end();
        else socket.write(reply);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const error = await connect(`tls://127.0.0.1:${port}${query()}`, { timeoutMs: 200 }).then(
      () => new Error('connected'),
      (e: unknown) => e,
    );
    server.close();
    if (!isTransportError(error)) throw error;
    return `${error.code}: ${error.message}`;
  }

  const agreed = (bytes: Buffer): Uint8Array =>
    reply(bytes, { verdict: 'SUCCESS', verifier: starttlsVerifier() });

  function reply(bytes: Buffer, init: object): Uint8Array {
    return encodeRecord(encodeReply({ xid: decodeMessage(bytes.subarray(4)).xid, ...init } as ReplyInit));
  }

  for (const [what, answer, why] of [
    ['no verifier', (b) => reply(b, { verdict: 'SUCCESS' }), 'no STARTTLS verifier'],
    [
      'a longer verifier',
      (b) => reply(b, { verdict: 'SUCCESS', verifier: { flavor: 0, body: Buffer.from('STARTTLS!') } }),
      'no STARTTLS verifier',
    ],
    [
      'the verifier under another flavor',
      (b) => reply(b, { verdict: 'SUCCESS', verifier: { flavor: 7, body: Buffer.from('STARTTLS') } }),
      'no STARTTLS verifier',
    ],
    ['AUTH_ERROR', (b) => reply(b, { verdict: 'AUTH_ERROR', authStat: 1 }), 'it refused the probe'],
    [
      'PROG_UNAVAIL, verifier or not',
      (b) => reply(b, { verdict: 'PROG_UNAVAIL', verifier: starttlsVerifier() }),
      'it refused the probe',
    ],
    [
      'another xid',
      () => encodeRecord(encodeReply({ xid: 0xffffffff, verdict: 'SUCCESS', verifier: starttlsVerifier() })),
      'it answered something else',
    ],
    [
      'bytes in the clear behind its agreement',
      (b) => Buffer.concat([agreed(b), Buffer.from([0])]),
      'bytes in the clear behind its answer',
    ],
    ['its own probe', (b) => b, 'it refused the probe'],
    ['an endless record', () => Buffer.from([0xff, 0xff, 0xff, 0xff]), 'a record of at least'],
    ['an end', () => null, 'the connection ended'],
  ] as readonly (readonly [string, (probe: Buffer) => Uint8Array | null, string])[]) {
    it(`never goes on in the clear when the server answers with ${what}`, async () => {
      const said = await against(answer);
      expect(said.startsWith(`STARTTLS: the server does not start TLS: ${why}`), said).to.equal(true);
    });
  }

  it('gives up on a server that is silent, before and after its answer', async () => {
    expect(await against(() => NOTHING)).to.match(/^TIMEOUT/);
    expect(await against(agreed)).to.match(/^TIMEOUT/);
  });

  it('gives up when the server speaks in the clear later', async () => {
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (bytes: Buffer) => {
        socket.write(agreed(bytes));
        socket.once('data', () => socket.write(encodeRecord(Buffer.from('injected'))));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const error = await connect(`tls://127.0.0.1:${port}${query()}`).catch((e: unknown) => e);
    expect(isTransportError(error) && error.code).to.equal('TLS');
    server.close();
  });

  /** What a server says to bytes in the clear, until it ends the connection, or as many bytes were `enough`. */
  async function raw(
    { enough = Number.POSITIVE_INFINITY, ...options }: ListenOptions & { enough?: number },
    target: string,
    ...chunks: Uint8Array[]
  ): Promise<{ heard: Buffer; ended: boolean; problems: string[]; served: Seen }> {
    const problems: string[] = [];
    let served = new Seen();
    const listener = await listen(
      target,
      { tls: certificates.server, onProblem: (error) => problems.push(error.message), ...options },
      (duplex) => {
        served = attend(duplex);
        duplex.send(Buffer.from('hello'));
      },
    );
    const socket = net.connect(Number(listener.url.split(':').at(-1)), '127.0.0.1');
    const parts: Buffer[] = [];
    let ended = false;
    socket.on('data', (bytes) => parts.push(bytes));
    socket.on('error', () => {});
    socket.on('close', () => {
      ended = true;
    });
    for (const chunk of chunks) {
      socket.write(chunk);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const heard = (): number => parts.reduce((sum, { length }) => sum + length, 0);
    await until(() => ended || heard() >= enough);
    socket.destroy();
    await listener.close();
    return { heard: Buffer.concat(parts), ended, problems, served };
  }

  it('answers the probe as RFC 9289 has it, in one piece or many', async () => {
    const answer = encodeReply({ xid: 7, verdict: 'SUCCESS', verifier: starttlsVerifier() });
    const { heard } = await raw({ enough: 36 }, REQUIRED, encodeRecord(probe()));
    expect(heard.equals(encodeRecord(answer))).to.equal(true);
    const fragments = encodeRecord(probe(), 12);
    const slowly = await raw({ enough: 36 }, REQUIRED, fragments.subarray(0, 9), fragments.subarray(9));
    expect(slowly.heard.equals(encodeRecord(answer))).to.equal(true);
  });

  it('closes, unanswered, when a byte stands behind the probe', async () => {
    const { heard, ended, problems } = await raw(
      {},
      REQUIRED,
      Buffer.concat([encodeRecord(probe()), Buffer.of(22)]),
    );
    expect(heard.length).to.equal(0);
    expect(ended).to.equal(true);
    expect(problems[0]).to.match(/bytes in the clear behind its probe/);
  });

  it('refuses calls in the clear where TLS is required', async () => {
    const call = encodeRecord(probe({ credential: { flavor: 0, body: NOTHING } }));
    const { heard, ended, served } = await raw({}, REQUIRED, call);
    const message = decodeMessage(heard.subarray(4));
    expect(message).to.deep.include({ type: 'denied', xid: 7, stat: 1, authStat: 5 });
    expect(ended).to.equal(true);
    expect(served.messages).to.have.length(0);
    const huge = await raw({}, REQUIRED, Buffer.from([0x80, 0x10, 0, 0]));
    expect([huge.heard.length, huge.ended]).to.deep.equal([0, true]);
  });

  it('says which RPC version is spoken before anything about TLS', async () => {
    for (const credential of [AuthFlavor.NONE, AuthFlavor.TLS]) {
      const call = probe({ credential: { flavor: credential, body: NOTHING } });
      new DataView(call.buffer, call.byteOffset).setUint32(8, 3);
      const { heard, ended, served } = await raw({}, REQUIRED, encodeRecord(call));
      const message = decodeMessage(heard.subarray(4));
      expect(message).to.deep.include({ type: 'denied', xid: 7, stat: 0, low: 2, high: 2 });
      expect(ended).to.equal(true);
      expect(served.messages).to.have.length(0);
    }
  });

  it('takes AUTH_TLS on another procedure for no probe', async () => {
    const { heard, ended } = await raw({}, REQUIRED, encodeRecord(probe({ procedure: 1 })));
    expect(decodeMessage(heard.subarray(4))).to.deep.include({ type: 'denied', authStat: 1 });
    expect(ended).to.equal(true);
  });

  it('closes who says nothing', async () => {
    const { heard, ended, problems } = await raw({ handshakeMs: 30 }, REQUIRED);
    expect([heard.length, ended]).to.deep.equal([0, true]);
    expect(problems[0]).to.match(/no whole record in time/);
  });

  it('has one time limit for the probe and the handshake behind it', async () => {
    const told: string[] = [];
    const onProblem = (error: Error, from?: Endpoint) => void told.push(`${from?.address} ${error.message}`);
    const listener = await listen(
      REQUIRED,
      { tls: certificates.server, handshakeMs: 400, onProblem },
      () => {},
    );
    const socket = net.connect(Number(listener.url.split(':').at(-1)), '127.0.0.1');
    await once(socket, 'connect');
    const from = performance.now();
    setTimeout(() => socket.write(encodeRecord(probe())), 300);
    socket.resume();
    await once(socket, 'close');
    expect(performance.now() - from).to.be.within(380, 680);
    expect(told).to.deep.equal(['127.0.0.1 127.0.0.1 takes too long over its TLS handshake']);
    await listener.close();
  });

  it('executes nothing that was sent in the clear, nor a second probe', async () => {
    const call = encodeRecord(probe({ credential: { flavor: 0, body: NOTHING } }));
    const asked = encodeRecord(probe());
    for (const chunks of [[asked, call], [asked, asked], [Buffer.concat([asked, asked])]]) {
      const { heard, ended, served, problems } = await raw({}, REQUIRED, ...chunks);
      expect(heard.length, 'at most the answer to the probe').to.be.oneOf([0, 36]);
      expect(ended).to.equal(true);
      expect(served.messages).to.have.length(0);
      expect(problems).to.have.length(1);
    }
  });

  it('serves both where TLS is offered: who asks gets it, others go on in the clear', async () => {
    const call = encodeRecord(probe({ credential: { flavor: 0, body: NOTHING } }));
    const offered = { starttls: true, enough: 9 };
    const plain = await raw(offered, 'tcp://127.0.0.1:0', Buffer.concat([call, call]));
    expect(plain.served.messages.map((m) => m.length)).to.deep.equal([40, 40]);
    expect(plain.heard.toString('latin1')).to.equal('\x80\0\0\x05hello');
    const large = encodeRecord(Buffer.alloc(100_000, 3));
    const split = await raw(offered, 'tcp://127.0.0.1:0', large.subarray(0, 2), large.subarray(2));
    expect(split.served.messages.map((m) => m.length)).to.deep.equal([100_000]);
    const asked = await raw({ ...offered, enough: 36 }, 'tcp://127.0.0.1:0', encodeRecord(probe()));
    expect(asked.heard.length).to.equal(36);
    expect(asked.served.messages).to.have.length(0);
  });
});
