import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { expect } from 'chai';
import type { Endpoint } from '../../transport/channel.ts';
import { connect } from '../../transport/connect.ts';
import { isTransportError } from '../../transport/errors.ts';
import { type Accepted, type ListenOptions, listen } from '../../transport/listen.ts';
import type { MessageDuplex } from '../../transport/message-duplex.ts';
import { until } from '../until.ts';
import { type Certificate, type Certificates, hasOpenssl, makeCertificates } from './certificates.ts';
import { attend, dispose, duplexPair, scratch, watch } from './streams.ts';

async function failure(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (e: unknown) => e,
  );
  if (!isTransportError(error)) throw error;
  return error;
}

describe('tls-channel (needs openssl)', () => {
  const { path, remove } = scratch();
  let certificates: Certificates;

  before(function () {
    if (!hasOpenssl()) return this.skip();
    certificates = makeCertificates(path);
  });
  after(remove);

  const TARGET = 'tls://127.0.0.1:0';

  /** A listener that sends `welcome` to each connection it takes; what it refuses is in `problems`. */
  async function greeter(options: ListenOptions['tls'], target = TARGET) {
    const problems: string[] = [];
    const served: MessageDuplex[] = [];
    const listener = await listen(
      target,
      { tls: { ...certificates.server, ...options }, onProblem: (error) => problems.push(error.message) },
      (duplex) => {
        served.push(duplex);
        attend(duplex);
        duplex.send(Buffer.from('welcome'));
      },
    );
    return { listener, problems, served };
  }

  /** How a connection goes: what was heard, or how it ended. */
  async function greeted(url: string, tls: Parameters<typeof connect>[1] & object): Promise<string> {
    const client = await connect(url, tls);
    const seen = await watch(client).until((s) => s.messages.length > 0 || s.reason !== null || s.ended > 0);
    client.reset();
    return seen.messages[0]?.toString() ?? 'closed';
  }

  for (const target of [TARGET, 'tls://[::1]:0', 'tls://localhost:0']) {
    it(`carries messages both ways over ${target} and verifies the name`, async () => {
      const pair = await duplexPair(target, {
        listen: { tls: certificates.server },
        query: `?ca=${certificates.ca}${target.includes('localhost') ? '&servername=localhost' : ''}`,
      });
      pair.client.send(Buffer.alloc(200_000, 1));
      pair.server.send(Buffer.from('back'));
      await pair.atServer.until((seen) => seen.messages.length === 1);
      await pair.atClient.until((seen) => seen.messages.length === 1);
      expect(pair.atServer.messages[0]?.equals(Buffer.alloc(200_000, 1))).to.equal(true);
      expect(pair.client.kind).to.equal('tls');
      expect(pair.client.security).to.deep.include({ protocol: 'TLSv1.3', alpn: null, authorized: true });
      expect(pair.client.security?.peerName).to.deep.equal([['CN', 'localhost']]);
      expect(pair.server.security).to.deep.include({ authorized: false, peerName: null });
      expect(pair.client.local.text).to.equal(pair.server.remote.text);
      await dispose(pair);
    });
  }

  it('half-closes and closes in good order', async () => {
    const pair = await duplexPair(TARGET, {
      listen: { tls: certificates.server },
      query: `?ca=${certificates.ca}`,
    });
    pair.client.send(Buffer.from('last'));
    pair.client.end();
    await pair.atServer.until((seen) => seen.ended === 1);
    expect(pair.atServer.bytes.toString()).to.equal('last');
    pair.server.send(Buffer.from('answer'));
    pair.server.close();
    await pair.atClient.closed();
    expect(pair.atClient.bytes.toString()).to.equal('answer');
    await pair.atServer.closed();
    expect([pair.atClient.reason?.kind, pair.atServer.reason?.kind]).to.deep.equal(['closed', 'closed']);
    await pair.listener.close();
  });

  it('closes at once on reset, which TLS does without a farewell', async () => {
    const pair = await duplexPair(TARGET, {
      listen: { tls: certificates.server },
      query: `?ca=${certificates.ca}`,
    });
    pair.server.send(Buffer.alloc(1_000_000));
    pair.client.reset();
    await pair.atClient.closed();
    await pair.atServer.until((seen) => seen.ended > 0 || seen.reason !== null);
    expect(pair.atClient.reason?.kind).to.equal('reset');
    pair.server.reset();
    await pair.listener.close();
  });

  it('believes nobody without a certificate that verifies, for the right name', async () => {
    const good = await greeter({});
    const { listener } = good;
    const { code, message } = await failure(connect(listener.url));
    expect(code).to.equal('TLS');
    expect(message).to.match(/^TLS with 127\.0\.0\.1 failed: .*(certificate|issuer)/);
    const misnamed = await greeter(certificates.misnamed);
    expect((await failure(connect(`${misnamed.listener.url}?ca=${certificates.ca}`))).message).to.match(
      /altnames/i,
    );
    expect(
      await greeted(`${misnamed.listener.url}?ca=${certificates.ca}&servername=other.example`, {}),
    ).to.equal('welcome');
    await listener.close();
    await misnamed.listener.close();
  });

  it('verifies nothing with verify=none, and says so', async () => {
    const { listener } = await greeter({});
    const said: string[] = [];
    const options = { tls: { onInsecure: (message: string) => said.push(message) } };
    expect(await greeted(`${listener.url}?verify=none`, options)).to.equal('welcome');
    expect(said).to.deep.equal(['the certificate of 127.0.0.1 is not verified (verify=none)']);
    await listener.close();
  });

  it('takes no client without a certificate where one is required', async () => {
    const { listener, problems } = await greeter({ ca: certificates.ca, verifyClient: 'required' });
    const url = `${listener.url}?ca=${certificates.ca}`;
    expect(await greeted(url, {})).to.equal('closed');
    expect(await greeted(url, { tls: certificates.rogue })).to.equal('closed');
    expect(problems).to.have.length(2);
    expect(problems[0]).to.equal('127.0.0.1 fails its TLS handshake: peer did not return a certificate');
    expect(problems[1]).to.match(/^127\.0\.0\.1 is refused: its certificate does not verify \([A-Z_]+\)$/);
    expect(await greeted(url, { tls: certificates.alice })).to.equal('welcome');
    await listener.close();
  });

  it('tells a client what alert broke its connection', async () => {
    const { listener } = await greeter({ ca: certificates.ca, verifyClient: 'required' });
    const client = await connect(`${listener.url}?ca=${certificates.ca}`);
    const seen = watch(client);
    client.send(Buffer.from('hello'));
    await seen.until((s) => s.ended > 0 || s.reason !== null);
    client.close();
    await seen.closed();
    expect([seen.ended, seen.reason?.kind]).to.deep.equal([0, 'error']);
    expect(seen.reason?.error?.message).to.equal('TLS: tlsv13 alert certificate required');
    expect(isTransportError(seen.reason?.error)).to.equal(true);
    await listener.close();
  });

  it('says once of each who failed and why, and where it came from', async () => {
    const told: string[] = [];
    const onProblem = (error: Error, from?: Endpoint) => void told.push(`${from?.text} ${error.message}`);
    const listener = await listen(TARGET, { tls: certificates.server, onProblem }, () => {
      throw new Error('nobody shook hands');
    });
    const url = listener.url.replace('tls:', 'tcp:');
    const ends = async (f: (client: MessageDuplex) => void): Promise<string> => {
      const client = await connect(url);
      const seen = watch(client);
      f(client);
      await seen.until((s) => s.ended > 0 || s.reason !== null);
      client.reset();
      return client.local.text;
    };
    const plain = await ends((client) => client.send(Buffer.from('a call in the clear')));
    const silent = await ends((client) => client.reset());
    await until(() => told.length === 2);
    expect(told).to.deep.equal([
      `${plain} 127.0.0.1 fails its TLS handshake: wrong version number`,
      `${silent} 127.0.0.1 hung up in its TLS handshake`,
    ]);
    await listener.close();
  });

  it('shakes hands once: a TLS 1.2 client that asks for it again is not heard', async () => {
    const live = { cert: path('again.pem'), key: path('again.key') };
    copyFileSync(certificates.server.cert, live.cert);
    copyFileSync(certificates.server.key, live.key);
    const { listener } = await greeter(live);
    const again = async (): Promise<string> => {
      const options = { host: '127.0.0.1', port: Number(listener.url.split(':').at(-1)) };
      const client = tls.connect({ ...options, rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
      await once(client, 'data');
      const said = await new Promise<string>((resolve) => {
        client.on('error', (error) => resolve(error.message)).on('close', () => resolve('closed'));
        client.renegotiate({}, (error) => resolve(error?.message ?? 'renegotiated'));
      });
      client.destroy();
      return said;
    };
    expect(await again()).to.match(/no renegotiation/);
    listener.reload();
    expect(await again(), 'after a reload').to.match(/no renegotiation/);
    await listener.close();
  });

  it('takes clients with and without a certificate where it is optional, but none with a bad one', async () => {
    const { listener, problems, served } = await greeter({ ca: certificates.ca, verifyClient: 'optional' });
    const url = `${listener.url}?ca=${certificates.ca}`;
    expect(await greeted(url, {})).to.equal('welcome');
    expect(await greeted(url, { tls: certificates.alice })).to.equal('welcome');
    expect(served.map((duplex) => duplex.security?.authorized)).to.deep.equal([false, true]);
    expect(served[1]?.security?.peerName).to.deep.equal([
      ['C', 'GB'],
      ['O', 'Oncilla, Inc'],
      ['CN', 'alice'],
    ]);
    expect(problems).to.deep.equal([]);
    expect(await greeted(url, { tls: certificates.rogue })).to.equal('closed');
    expect(problems[0]).to.match(/does not verify/);
    await listener.close();
  });

  it('compares the whole name with those allowed', async () => {
    const { listener, problems } = await greeter({
      ca: certificates.ca,
      allow: ['C=US,CN=alice', 'C=GB,O=Oncilla\\, Inc,CN=alice'],
    });
    const url = `${listener.url}?ca=${certificates.ca}`;
    expect(await greeted(url, { tls: certificates.alice })).to.equal('welcome');
    expect(await greeted(url, { tls: certificates.bob })).to.equal('closed');
    expect(problems).to.deep.equal([
      '127.0.0.1 is refused: C=GB,O=Oncilla\\, Inc,OU=guests,CN=alice is not among the allowed names',
    ]);
    expect(await greeted(url, {})).to.equal('closed');
    await listener.close();
  });

  /** Connects twice, the second time with the first one's session; whether that was taken up. */
  async function resume(
    url: string,
    version: 'TLSv1.2' | 'TLSv1.3',
    { cert, key }: Certificate,
  ): Promise<boolean> {
    let session: Buffer | undefined;
    let reused = false;
    for (let attempt = 0; attempt < 2; attempt++) {
      const client = tls.connect({
        port: Number(url.split(':').at(-1)),
        host: '127.0.0.1',
        ca: readFileSync(certificates.ca),
        cert: readFileSync(cert),
        key: readFileSync(key),
        minVersion: version,
        maxVersion: version,
        ...(session === undefined ? {} : { session }),
      });
      const gone = new Promise((resolve) => client.on('close', resolve));
      client.on('error', () => {});
      client.on('secureConnect', () => {
        reused = client.isSessionReused();
        if (version === 'TLSv1.2') session = client.getSession();
      });
      client.on('session', (s) => {
        session = s;
      });
      client.once('data', () => client.destroy());
      await gone;
    }
    return reused;
  }

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`knows the name on resumed connections too (${version})`, async () => {
      const { listener, served } = await greeter({
        ca: certificates.ca,
        allow: ['C=GB,O=Oncilla\\, Inc,CN=alice'],
      });
      expect(await resume(listener.url, version, certificates.alice)).to.equal(true);
      expect(served).to.have.length(2);
      expect(served[1]?.security?.peerName).to.deep.equal(served[0]?.security?.peerName);
      expect(served[1]?.security?.authorized).to.equal(true);
      await listener.close();
    });
  }

  it('refuses a name again when it comes back with a session', async () => {
    const { listener, problems, served } = await greeter({ ca: certificates.ca, allow: ['CN=somebody'] });
    await resume(listener.url, 'TLSv1.2', certificates.bob);
    expect(problems).to.have.length(2);
    expect(problems[1]).to.match(/is not among the allowed names$/);
    expect(served).to.have.length(0);
    await listener.close();
  });

  it('writes the secrets of both ends to SSLKEYLOGFILE, for this user only', async () => {
    for (const end of ['client', 'server'] as const) {
      const keylog = path(`keys-${end}`);
      const pair = await duplexPair(TARGET, {
        listen: { tls: certificates.server, keylog: end === 'server' ? keylog : null },
        connect: { keylog: end === 'client' ? keylog : null },
        query: `?ca=${certificates.ca}`,
      });
      await dispose(pair);
      expect(readFileSync(keylog, 'utf8')).to.match(/^CLIENT_TRAFFIC_SECRET_0 [0-9a-f]+ [0-9a-f]+$/m);
      expect(statSync(keylog).mode & 0o777).to.equal(0o600);
    }
    const before = process.env.SSLKEYLOGFILE;
    process.env.SSLKEYLOGFILE = path('keys-environment');
    try {
      await dispose(
        await duplexPair(TARGET, { listen: { tls: certificates.server }, query: `?ca=${certificates.ca}` }),
      );
    } finally {
      if (before === undefined) delete process.env.SSLKEYLOGFILE;
      else process.env.SSLKEYLOGFILE = before;
    }
    const lines = readFileSync(path('keys-environment'), 'utf8').split('\n');
    expect(lines.filter((line) => line.startsWith('CLIENT_TRAFFIC_SECRET_0 '))).to.have.length(2);
  });

  it('says which secrets it could not write, and goes on', async () => {
    const problems: Error[] = [];
    const pair = await duplexPair(TARGET, {
      listen: { tls: certificates.server, keylog: null },
      connect: { keylog: path('no/such/directory'), onProblem: (error) => problems.push(error) },
      query: `?ca=${certificates.ca}`,
    });
    expect(problems.length).to.be.greaterThan(0);
    expect(existsSync(path('no'))).to.equal(false);
    await dispose(pair);
  });

  it('closes what does not finish its handshake', async () => {
    const problems: string[] = [];
    const listener = await listen(
      TARGET,
      { tls: certificates.server, handshakeMs: 50, onProblem: (error) => problems.push(error.message) },
      () => {
        throw new Error('nobody shook hands');
      },
    );
    const silent = await connect(listener.url.replace('tls:', 'tcp:'));
    await attend(silent).until((seen) => seen.ended > 0 || seen.reason !== null);
    expect(problems[0]).to.match(/handshake/i);
    const plain = await connect(listener.url.replace('tls:', 'tcp:'));
    plain.send(Buffer.from('a call in the clear'));
    await attend(plain).until((seen) => seen.ended > 0 || seen.reason !== null);
    expect(problems).to.have.length(2);
    await listener.close();
  });

  it('forgets at once who leaves within the handshake', async () => {
    let open = 0;
    const admit = (accepted: Accepted): boolean => {
      open++;
      accepted.onGone(() => open--);
      return true;
    };
    const options = { tls: certificates.server, handshakeMs: 60_000, admit };
    const listener = await listen(TARGET, options, (duplex) => void attend(duplex));
    const url = listener.url.replace('tls:', 'tcp:');
    const [silent, loud] = [await connect(url), await connect(url)];
    await until(() => open === 2);
    silent.reset();
    loud.send(Buffer.from('a call in the clear'));
    loud.end();
    // It refuses the certificate, and with it the connection, before the server has heard it out.
    expect((await failure(connect(listener.url))).code).to.equal('TLS');
    await until(() => open === 0, 'forgetting both', 2000);
    loud.reset();
    await listener.close();
  });

  it('asks for the limit of a handshake with each connection', async () => {
    const problems: string[] = [];
    let accepted = 0;
    const options = {
      tls: certificates.server,
      handshakeMs: 60_000,
      admit: () => ++accepted > 0,
      onProblem: (error: Error) => problems.push(error.message),
    };

    const listener = await listen(TARGET, options, () => {
      throw new Error('nobody shook hands');
    });
    const url = listener.url.replace('tls:', 'tcp:');
    const patient = await connect(url);
    const open = watch(patient);
    await until(() => accepted === 1);
    options.handshakeMs = 30;
    const hurried = await connect(url);
    await attend(hurried).until((seen) => seen.ended > 0 || seen.reason !== null);
    expect(problems).to.deep.equal(['127.0.0.1 takes too long over its TLS handshake']);
    expect(open.ended, 'the one that came before').to.equal(0);
    patient.reset();
    await listener.close();
  });

  it('tells connections apart that share the address and port they come from', async () => {
    const served: string[] = [];
    const listener = await listen('tls://0.0.0.0:0', { tls: certificates.server }, (duplex) => {
      attend(duplex);
      served.push(duplex.local.text);
      duplex.send(Buffer.from('welcome'));
    });
    const port = Number(listener.url.split(':').at(-1));
    const spare = await listen('tcp://127.0.0.1:0', {}, () => {});
    const from = { localAddress: '127.0.0.1', localPort: Number(spare.url.split(':').at(-1)) };
    await spare.close();
    const silent = net.connect({ host: '127.0.0.1', port, ...from });
    await new Promise((resolve, reject) => silent.once('connect', resolve).once('error', reject));
    const raw = net.connect({ host: '127.0.0.2', port, ...from });
    await new Promise((resolve, reject) => raw.once('connect', resolve).once('error', reject));
    silent.destroy();
    const client = tls.connect({ socket: raw, rejectUnauthorized: false });
    const heard = await new Promise((resolve, reject) =>
      client
        .once('data', resolve)
        .once('error', reject)
        .once('close', () => resolve('closed')),
    );
    expect(String(heard)).to.contain('welcome');
    expect(served).to.deep.equal([`127.0.0.2:${port}`]);
    client.destroy();
    await listener.close();
  });

  it('gives up on a server that does not finish its handshake', async () => {
    const sockets: net.Socket[] = [];
    const silent = net.createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const url = `tls://127.0.0.1:${(silent.address() as net.AddressInfo).port}`;
    expect((await failure(connect(url, { timeoutMs: 50 }))).code).to.equal('TIMEOUT');
    const controller = new AbortController();
    const aborted = connect(url, { signal: controller.signal }).catch((error: Error) => error.message);
    await until(() => sockets.length === 2);
    controller.abort(new Error('enough'));
    expect(await aborted).to.equal('enough');
    silent.close();
    for (const socket of sockets) socket.destroy();
  });

  it('takes renewed certificates on reload', async () => {
    const live = { cert: path('live.pem'), key: path('live.key') };
    copyFileSync(certificates.server.cert, live.cert);
    copyFileSync(certificates.server.key, live.key);
    const { listener } = await greeter(live);
    const name = async (): Promise<unknown> => {
      const client = await connect(`${listener.url}?ca=${certificates.ca}`);
      watch(client);
      client.reset();
      return client.security?.peerName;
    };
    expect(await name()).to.deep.equal([['CN', 'localhost']]);
    copyFileSync(certificates.renewed.cert, live.cert);
    copyFileSync(certificates.renewed.key, live.key);
    listener.reload();
    expect(await name()).to.deep.equal([['CN', 'renewed']]);
    await listener.close();
  });

  it('does not listen without a certificate, or with files that are none', async () => {
    const none = async (tls: ListenOptions['tls'] & object): Promise<string> =>
      (await failure(listen(TARGET, { tls }, () => {}))).code;
    expect(await none({})).to.equal('BAD_TARGET');
    expect(await none({ cert: path('nothing.pem'), key: path('nothing.key') })).to.equal('BAD_TARGET');
    expect(await none({ ...certificates.server, key: certificates.alice.key })).to.equal('BAD_TARGET');
    expect(await none({ ...certificates.server, allow: ['alice'] })).to.equal('BAD_TARGET');
  });

  it('takes no file of authorities where one is none, or that has none', async () => {
    const { alice, ca } = certificates;
    const good = readFileSync(ca);
    const file = path('authorities');
    const bad = ['', 'no certificate', good.subarray(0, 200), Buffer.concat([good, good.subarray(0, 200)])];
    copyFileSync(ca, file);
    const { listener } = await greeter({ ca: file, verifyClient: 'required' });
    for (const bytes of bad) {
      writeFileSync(file, bytes);
      expect((await failure(greeter({ ca: file, verifyClient: 'required' }))).code).to.equal('BAD_TARGET');
      expect(() => listener.reload()).to.throw(file);
      const refused = await failure(connect(listener.url, { tls: { ca: file } }));
      expect(refused.code).to.equal('BAD_TARGET');
      expect(refused.message).to.contain(file);
      expect(await greeted(listener.url, { tls: { ca, ...alice } }), 'by the authorities before').to.equal(
        'welcome',
      );
    }
    // Several, with a text before each, as systems have them.
    writeFileSync(file, `# one\n${good}\n# two\r\n${good}`);
    listener.reload();
    expect(await greeted(listener.url, { tls: { ca: file, ...alice } })).to.equal('welcome');
    await listener.close();
  });

  it('speaks with openssl s_client', async () => {
    const { listener } = await greeter({});
    const port = listener.url.split(':').at(-1);
    const child = spawn('openssl', [
      ...['s_client', '-quiet', '-verify_return_error', '-CAfile', certificates.ca],
      ...['-verify_hostname', 'localhost', '-connect', `127.0.0.1:${port}`],
    ]);
    const out = await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve));
    child.kill();
    expect(out.toString('latin1')).to.equal('\x80\0\0\x07welcome');
    await listener.close();
  });
});
