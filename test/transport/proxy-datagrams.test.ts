import { expect } from 'chai';
import type { DatagramChannel, Endpoint } from '../../transport/channel.ts';
import { startProxy } from '../../transport/proxy.ts';
import type { ProxyOptions } from '../../transport/proxy-types.ts';
import type { RecordSink } from '../../transport/record.ts';
import { bindUdp, openUdp } from '../../transport/udp.ts';
import { until } from '../until.ts';

const LOOPBACK = 'udp://127.0.0.1:0';

describe('proxy-datagrams', () => {
  const undo: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const one of undo.splice(0).reverse()) await one();
  });

  /** Answers each datagram with itself, and who is taken for its sender. */
  async function echo() {
    const channel = await bindUdp(LOOPBACK);
    undo.push(() => channel.close());
    channel.start({
      message: (bytes, from) => channel.send(Buffer.from(`${from.port} ${Buffer.from(bytes)}`), from),
      closed: () => {},
    });
    return `udp://${channel.local.text}`;
  }

  async function proxied(target: string, options: Partial<ProxyOptions> = {}) {
    const told: string[] = [];
    const problems: string[] = [];
    const sink: RecordSink = {
      open: ({ kind, side, remote }) => ({
        message: (direction, parts) =>
          void told.push(`${kind} ${side} ${remote.port} ${direction} ${Buffer.concat(parts)}`),
        end: () => {},
        closed: () => {},
      }),
    };
    const proxy = await startProxy({
      listen: LOOPBACK,
      target,
      sink,
      onProblem: (error) => void problems.push(error.message),
      ...options,
    });
    undo.push(() => proxy.stop(0));
    return { proxy, told, problems };
  }

  async function client(url: string) {
    const { channel, to } = await openUdp(url);
    undo.push(() => channel.close());
    const got: string[] = [];
    channel.start({ message: (bytes) => void got.push(String(Buffer.from(bytes))), closed: () => {} });
    return { channel, to, got, say: (text: string) => channel.send(Buffer.from(text), to) };
  }

  it('brings answers back to whom they are for, in order, and records both directions', async () => {
    const { proxy, told } = await proxied(await echo());
    const clients = await Promise.all(Array.from({ length: 5 }, () => client(proxy.url)));
    clients.forEach(({ say }, i) => {
      for (const word of ['one', 'two', 'three']) say(`${word} ${i}`);
    });
    await until(() => clients.every(({ got }) => got.length === 3));
    const ports = clients.map(({ got }, i) => {
      const [port = ''] = got[0]!.split(' ');
      expect(got).to.deep.equal(['one', 'two', 'three'].map((word) => `${port} ${word} ${i}`));
      return port;
    });
    expect(new Set(ports).size).to.equal(5);
    expect(proxy.counts.connections).to.equal(5);
    const { port } = clients[2]!.channel.local;
    expect(told.filter((line) => line.includes(` ${port} `))).to.have.members([
      `udp server ${port} received one 2`,
      `udp server ${port} received two 2`,
      `udp server ${port} received three 2`,
      ...['one', 'two', 'three'].map((word) => `udp server ${port} sent ${ports[2]} ${word} 2`),
    ]);
  });

  it('forgets the client that was silent longest beyond its bound', async () => {
    const { proxy } = await proxied(await echo(), { maxConnections: 2 });
    const [a, b, c] = [await client(proxy.url), await client(proxy.url), await client(proxy.url)];
    for (const one of [a, b, a, c, a]) {
      const before = one.got.length;
      one.say('hello');
      await until(() => one.got.length > before);
    }
    expect(new Set(a.got).size).to.equal(1);
    expect([proxy.counts.connections, proxy.counts.open]).to.deep.equal([3, 2]);
    const [first] = b.got;
    b.say('hello');
    await until(() => b.got.length === 2);
    expect(b.got[1]).to.not.equal(first);
  });

  it('says when nobody listens at the target, and goes on', async () => {
    const gone: DatagramChannel = await bindUdp(LOOPBACK);
    const { text } = gone.local as Endpoint;
    gone.close();
    const { proxy, problems } = await proxied(`udp://${text}`);
    const one = await client(proxy.url);
    one.say('anybody?');
    await until(() => problems.length > 0);
    expect(problems[0]).to.match(/^127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    expect(proxy.counts.open).to.equal(1);
  });
});
