import { randomBytes } from 'node:crypto';
import * as net from 'node:net';
import { expect } from 'chai';
import type { Channel } from '../../transport/channel.ts';
import { openChannel } from '../../transport/connect.ts';
import { listenChannels } from '../../transport/listen.ts';
import { startProxy } from '../../transport/proxy.ts';
import type { ProxyOptions } from '../../transport/proxy-types.ts';
import type { RecordSink } from '../../transport/record.ts';
import { until } from '../until.ts';
import { type Certificates, hasOpenssl, makeCertificates } from './certificates.ts';
import { type Seen, scratch, turns, watch } from './streams.ts';

const LOOPBACK = 'tcp://127.0.0.1:0';

/** What one connection's recording was told. */
class Tape {
  readonly kind: string;
  readonly received: Uint8Array[] = [];
  readonly sent: Uint8Array[] = [];
  readonly ends: string[] = [];

  constructor(kind: string) {
    this.kind = kind;
  }
}

class Recorder implements RecordSink {
  readonly tapes: Tape[] = [];

  open({ kind }: { readonly kind: string }) {
    const tape = new Tape(kind);
    this.tapes.push(tape);
    return {
      message: (direction: 'sent' | 'received', parts: readonly Uint8Array[]) =>
        void tape[direction].push(...parts.map((part) => Uint8Array.from(part))),
      end: (direction: string) => void tape.ends.push(`${direction} end`),
      closed: (reset: boolean, by?: string) => void tape.ends.push(reset ? `reset ${by}` : 'closed'),
    };
  }
}

/** A server that hands over what is accepted. */
interface Far {
  readonly url: string;
  readonly accepted: { readonly channel: Channel; readonly seen: Seen }[];
}

/** Without putting the bytes together each time. */
function lengthOf({ messages }: Seen): number {
  return messages.reduce((sum, { length }) => sum + length, 0);
}

describe('proxy', () => {
  const folder = scratch();
  const undo: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const one of undo.splice(0).reverse()) await one();
  });
  after(() => folder.remove());

  async function far(url: string): Promise<Far> {
    const accepted: Far['accepted'] = [];
    const listener = await listenChannels(url, {}, (channel) => {
      accepted.push({ channel, seen: watch(channel) });
    });
    undo.push(async () => {
      await listener.close();
      for (const { channel } of accepted) channel.reset();
    });
    return { url: listener.url, accepted };
  }

  async function proxied(target: string, options: Partial<ProxyOptions> = {}) {
    const recorder = new Recorder();
    const problems: string[] = [];
    const proxy = await startProxy({
      listen: LOOPBACK,
      target,
      sink: recorder,
      onProblem: (error) => void problems.push(error.message),
      ...options,
    });
    undo.push(() => proxy.stop(0));
    return { proxy, recorder, problems };
  }

  async function near(url: string, options: Parameters<typeof openChannel>[1] = {}) {
    const channel = await openChannel(url, options);
    undo.push(() => channel.reset());
    return { channel, seen: watch(channel) };
  }

  /** What the far side accepted `index`th. */
  async function arrived(server: Far, index = 0) {
    await until(() => server.accepted.length > index, 'the connection at the target');
    return server.accepted[index]!;
  }

  for (const [name, url] of [
    ['TCP', LOOPBACK],
    ['UNIX', 'unix'],
  ] as const) {
    it(`passes bytes unchanged both ways over ${name}, and the end of either direction alone`, async () => {
      const at = (file: string) => (url === 'unix' ? `unix://${folder.path(`${file}.sock`)}` : url);
      const server = await far(at('bytes-far'));
      const { proxy, recorder } = await proxied(server.url, { listen: at('bytes-near') });
      const client = await near(proxy.url);
      const there = randomBytes(3_000_001);
      const back = randomBytes(2_000_003);
      client.channel.write(there);
      client.channel.end();
      const other = await arrived(server);
      await other.seen.until((seen) => seen.ended === 1);
      expect(other.seen.bytes.equals(there)).to.equal(true);
      expect(client.seen.ended).to.equal(0);
      other.channel.write(back);
      other.channel.end();
      await client.seen.closed();
      expect(client.seen.bytes.equals(back)).to.equal(true);
      expect(client.seen.reason?.kind).to.equal('closed');
      await until(() => proxy.counts.open === 0);
      const [tape] = recorder.tapes;
      expect(Buffer.concat(tape!.received).equals(there)).to.equal(true);
      expect(Buffer.concat(tape!.sent).equals(back)).to.equal(true);
      expect(tape!.ends).to.deep.equal(['received end', 'sent end', 'closed']);
      expect(proxy.counts).to.deep.equal({
        connections: 1,
        open: 0,
        refused: 0,
        there: there.length,
        back: back.length,
      });
    });
  }

  it('passes on a reset, whose ever it is, and says in the recording whose it was', async () => {
    const server = await far(LOOPBACK);
    const { proxy, recorder } = await proxied(server.url);
    for (const side of ['client', 'server'] as const) {
      const client = await near(proxy.url);
      client.channel.write(Buffer.of(1));
      const other = await arrived(server, side === 'client' ? 0 : 1);
      await other.seen.until((seen) => seen.bytes.length === 1);
      const [one, two] = side === 'client' ? [client, other] : [other, client];
      one.channel.reset();
      await two.seen.closed();
      expect(two.seen.reason?.kind).to.equal('reset');
      expect(two.seen.ended).to.equal(0);
    }
    await until(() => proxy.counts.open === 0);
    expect(recorder.tapes.map(({ ends }) => ends)).to.deep.equal([['reset received'], ['reset sent']]);
  });

  it('takes no more from a side than the other one reads, and goes on when it does', async () => {
    const [nearPath, farPath] = [folder.path('slow-near.sock'), folder.path('slow-far.sock')];
    const server = await far(`unix://${farPath}`);
    const { proxy } = await proxied(server.url, { listen: `unix://${nearPath}` });
    const client = await near(proxy.url);
    const MiB = 1 << 20;
    const kernel = 4 * MiB; // what two UNIX sockets hold, generously
    for (const direction of ['there', 'back'] as const) {
      client.channel.resume();
      const other = await arrived(server);
      const [writer, reader] = direction === 'there' ? [client, other] : [other, client];
      reader.channel.pause();
      const bytes = randomBytes(32 * MiB);
      writer.channel.write(bytes);
      let before = -1;
      // It has come to rest when nothing more passed in many turns.
      await until(async () => {
        const now = proxy.counts[direction];
        const still = now > 0 && now === before;
        before = now;
        await turns(100);
        return still;
      });
      expect(proxy.counts[direction]).to.be.below(kernel);
      expect(writer.channel.queued).to.be.above(0);
      reader.channel.resume();
      await reader.seen.until((seen) => lengthOf(seen) === bytes.length);
      expect(reader.seen.bytes.equals(bytes)).to.equal(true);
    }
  });

  it('keeps connections apart', async () => {
    const server = await far(LOOPBACK);
    const { proxy, recorder } = await proxied(server.url);
    const clients = await Promise.all(Array.from({ length: 20 }, () => near(proxy.url)));
    clients.forEach(({ channel }, i) => void channel.write(Buffer.from(`client ${i}`)));
    await until(() => server.accepted.length === 20);
    for (const { channel, seen } of server.accepted) {
      await seen.until(({ bytes }) => bytes.length >= 8);
      channel.write(Buffer.from(`for ${seen.bytes}`));
    }
    for (const [i, { seen }] of clients.entries()) {
      await seen.until(({ bytes }) => bytes.length >= `for client ${i}`.length);
      expect(String(seen.bytes)).to.equal(`for client ${i}`);
    }
    expect(proxy.counts.open).to.equal(20);
    const told = recorder.tapes.map(
      ({ received, sent }) => `${Buffer.concat(received)}>${Buffer.concat(sent)}`,
    );
    expect(told.sort()).to.deep.equal(clients.map((_, i) => `client ${i}>for client ${i}`).sort());
  });

  it('resets a client whose target cannot be reached, and says why', async () => {
    const server = await far(LOOPBACK);
    const spare = net.createServer().listen(0, '127.0.0.1');
    await until(() => spare.listening);
    const { port } = spare.address() as net.AddressInfo;
    spare.close();
    const { proxy, recorder, problems } = await proxied(`tcp://127.0.0.1:${port}`);
    const client = await near(proxy.url);
    await client.seen.closed();
    expect(client.seen.reason?.kind).to.equal('reset');
    expect(problems).to.have.length(1);
    expect(problems[0]).to.match(/^127\.0\.0\.1:\d+: cannot connect to tcp:.*ECONNREFUSED$/);
    expect(recorder.tapes[0]?.ends).to.deep.equal(['reset sent']);
    expect(server.accepted).to.have.length(0);
  });

  it('refuses connections beyond its bound', async () => {
    const server = await far(LOOPBACK);
    const { proxy } = await proxied(server.url, { maxConnections: 1 });
    const first = await near(proxy.url);
    await arrived(server);
    const second = await near(proxy.url);
    await second.seen.until(({ ended, reason }) => ended > 0 || reason !== null);
    expect([proxy.counts.connections, proxy.counts.refused]).to.deep.equal([1, 1]);
    first.channel.reset();
    await until(() => proxy.counts.open === 0);
    await near(proxy.url);
    await arrived(server, 1);
  });

  it('goes on when the recording fails, and says so once', async () => {
    const server = await far(LOOPBACK);
    const fail = () => {
      throw new Error('disk full');
    };
    const sink = { open: () => ({ message: fail, end: fail, closed: fail }) };
    const { proxy, problems } = await proxied(server.url, { sink });
    const client = await near(proxy.url);
    client.channel.write(Buffer.from('one'));
    const other = await arrived(server);
    await other.seen.until((seen) => seen.bytes.length === 3);
    client.channel.write(Buffer.from('two'));
    client.channel.end();
    await other.seen.until((seen) => seen.ended === 1);
    expect(String(other.seen.bytes)).to.equal('onetwo');
    expect(problems).to.deep.equal(['disk full']);
  });

  it('ends what is open when it stops', async () => {
    const server = await far(LOOPBACK);
    const { proxy } = await proxied(server.url);
    const client = await near(proxy.url);
    const other = await arrived(server);
    const stopped = proxy.stop(5000);
    await client.seen.until((seen) => seen.ended === 1);
    await other.seen.until((seen) => seen.ended === 1);
    client.channel.end();
    other.channel.end();
    await stopped;
    expect(proxy.counts.open).to.equal(0);
    let refused = false;
    await openChannel(proxy.url).catch(() => {
      refused = true;
    });
    expect(refused).to.equal(true);
  });

  it('joins no stream to datagrams', async () => {
    for (const [listen, target] of [
      ['udp://127.0.0.1:0', 'tcp://127.0.0.1:1'],
      [LOOPBACK, 'udp://127.0.0.1:1'],
    ] as const) {
      let why = '';
      await startProxy({ listen, target, sink: new Recorder() }).catch((e: Error) => {
        why = e.message;
      });
      expect(why).to.match(/one has datagrams/);
    }
  });

  describe('with TLS (needs openssl)', () => {
    let certificates: Certificates;
    before(function () {
      if (!hasOpenssl()) this.skip();
      certificates = makeCertificates((name) => folder.path(name));
    });

    const cases = [
      ['in front', true, false, ''],
      ['behind', false, true, ''],
      ['on both sides', true, true, ''],
      ['on both sides by STARTTLS', true, true, '&starttls=1'],
    ] as const;
    for (const [name, front, behind, more] of cases) {
      it(`${name}, records in the clear`, async () => {
        const { ca, server: own } = certificates;
        const listening = (tls: boolean) =>
          tls ? `tls://127.0.0.1:0?cert=${own.cert}&key=${own.key}${more}` : LOOPBACK;
        const trusting = (url: string, tls: boolean) =>
          tls ? `${url}?ca=${ca}&servername=localhost${more}` : url;
        const server = await far(listening(behind));
        const { proxy, recorder, problems } = await proxied(trusting(server.url, behind), {
          listen: listening(front),
        });
        const client = await near(trusting(proxy.url, front));
        const there = randomBytes(1_500_000);
        client.channel.write(there);
        client.channel.end();
        const other = await arrived(server);
        await other.seen.until((seen) => seen.ended === 1);
        expect(other.seen.bytes.equals(there)).to.equal(true);
        other.channel.write(Buffer.from('and back'));
        other.channel.end();
        await client.seen.closed();
        expect(String(client.seen.bytes)).to.equal('and back');
        await until(() => proxy.counts.open === 0);
        const [tape] = recorder.tapes;
        expect(tape!.kind).to.equal(front ? 'tls' : 'tcp');
        expect(Buffer.concat(tape!.received).equals(there)).to.equal(true);
        expect(String(Buffer.concat(tape!.sent))).to.equal('and back');
        expect(problems).to.deep.equal([]);
      });
    }

    it('lets nobody through whose target shows a certificate of no authority we trust', async () => {
      const { ca, rogue } = certificates;
      const server = await far(`tls://127.0.0.1:0?cert=${rogue.cert}&key=${rogue.key}`);
      const { proxy, problems } = await proxied(`${server.url}?ca=${ca}`);
      const client = await near(proxy.url);
      await client.seen.closed();
      expect(client.seen.reason?.kind).to.equal('reset');
      expect(problems.join()).to.match(/TLS with 127\.0\.0\.1 failed/);
      expect(server.accepted).to.have.length(0);
    });
  });
});
