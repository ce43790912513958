import { expect } from 'chai';
import { connectUdp, UdpClient } from '../../client/udp.ts';
import { decodeMessage, encodeReply, isRpcError, type Procedure } from '../../codec/rpc/index.ts';
import { xdr } from '../../codec/xdr/index.ts';
import { TimerWheel } from '../../transport/timer-wheel.ts';
import { bindUdp } from '../../transport/udp.ts';
import { VirtualClock } from '../../transport/virtual-clock.ts';
import { at, FakeDatagrams } from './fake-datagrams.ts';

const ADD: Procedure = { name: 'ADD', number: 1, args: [xdr.int()], argument: xdr.int(), result: xdr.int() };
const ECHO: Procedure = {
  name: 'ECHO',
  number: 2,
  args: [xdr.varOpaque()],
  argument: xdr.varOpaque(),
  result: xdr.varOpaque(),
};
const SERVER = at('192.0.2.1', 111);

function setUp(options = {}) {
  const clock = new VirtualClock();
  const channel = new FakeDatagrams(at('192.0.2.9', 4000));
  const wheel = new TimerWheel(clock, { tickMs: 10 });
  const client = new UdpClient(channel, SERVER, { wheel, firstXid: 7, timeoutMs: 10_000, ...options });
  return { clock, channel, client, wheel };
}

function success(xid: number, value: number): Uint8Array {
  return encodeReply({ xid, verdict: 'SUCCESS' }, new Uint8Array([0, 0, 0, value]));
}

describe('client/udp', () => {
  it('sends a call once and takes its reply', async () => {
    const { channel, client, clock, wheel } = setUp();
    const result = client.call(9, 1, ADD, 5);
    expect(decodeMessage(channel.sent[0]!.bytes)).to.deep.include({
      type: 'call',
      xid: 7,
      program: 9,
      procedure: 1,
    });
    expect(channel.sent[0]!.to).to.equal(SERVER);
    channel.receive(success(7, 6), SERVER);
    expect(await result).to.equal(6);
    await clock.advance(20_000);
    expect(channel.sent).to.have.length(1);
    expect(wheel.size).to.equal(0);
    expect(client.outstanding).to.equal(0);
  });

  it('sends again, farther and farther apart, the same bytes, until the deadline', async () => {
    const { channel, client, clock, wheel } = setUp({ timeoutMs: 20_000 });
    const times: number[] = [];
    const send = channel.send.bind(channel);
    channel.send = (bytes, to) => {
      times.push(clock.now());
      send(bytes, to);
    };
    const failed = client.call(9, 1, ADD, 5).catch((e: unknown) => e);
    await clock.advance(30_000);
    const e = await failed;
    expect(isRpcError(e) && e.code).to.equal('TIMEOUT');
    expect(times).to.deep.equal([0, 500, 1500, 3500, 7500, 15_500]);
    expect(new Set(channel.sent.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).size).to.equal(1);
    expect(client.counts.retransmitted).to.equal(5);
    expect(wheel.size).to.equal(0);
  });

  it('drops late, repeated and unknown replies, and counts them', async () => {
    const { channel, client, clock } = setUp();
    const result = client.call(9, 1, ADD, 5);
    await clock.advance(600);
    channel.receive(success(7, 6), SERVER);
    channel.receive(success(7, 6), SERVER);
    channel.receive(success(99, 6), SERVER);
    channel.receive(success(0x80000007, 6), SERVER);
    expect(await result).to.equal(6);
    expect(client.counts).to.deep.include({ stale: 1, unknown: 2, retransmitted: 1 });
  });

  it('hears only the server, and is no server itself', async () => {
    const { channel, client } = setUp();
    const result = client.call(9, 1, ADD, 5);
    channel.receive(success(7, 1), at('192.0.2.2', 111));
    channel.receive(success(7, 2), at('192.0.2.1', 112));
    channel.receive(channel.sent[0]!.bytes, SERVER);
    channel.receive(new Uint8Array(3), SERVER);
    channel.receive(new Uint8Array(0), SERVER);
    expect(channel.sent).to.have.length(1);
    channel.receive(success(7, 3), SERVER);
    expect(await result).to.equal(3);
    expect(client.counts).to.deep.include({ foreign: 2, malformed: 3 });
  });

  it('fails a call whose reply breaks off, and keeps the others', async () => {
    const { channel, client } = setUp();
    const broken = client.call(9, 1, ADD, 5).catch((e: unknown) => e);
    const fine = client.call(9, 1, ADD, 5);
    channel.receive(success(7, 1).subarray(0, 12), SERVER);
    channel.receive(success(8, 2), SERVER);
    const e = await broken;
    expect(isRpcError(e) && e.code).to.equal('MALFORMED');
    expect(await fine).to.equal(2);
  });

  it('refuses what fits no datagram, sends nothing of it and goes on', async () => {
    const { channel, client } = setUp();
    const e = await client.call(9, 1, ECHO, new Uint8Array(65_504)).catch((x: unknown) => x);
    expect(isRpcError(e) && e.code).to.equal('LIMIT');
    expect(client.outstanding).to.equal(0);
    const largest = client.call(9, 1, ECHO, new Uint8Array(65_507 - 40 - 4 - 3)).catch(() => undefined);
    expect(channel.sent.map(({ bytes }) => bytes.length)).to.deep.equal([65_504]);
    client.close();
    await largest;
  });

  it('stops for an aborted signal and for close', async () => {
    const { channel, client, clock, wheel } = setUp();
    const abort = new AbortController();
    const given = client.call(9, 1, ADD, 5, { signal: abort.signal }).catch((e: unknown) => e);
    abort.abort(new Error('enough'));
    expect(await given).to.have.property('message', 'enough');
    await clock.advance(5000);
    expect(channel.sent).to.have.length(1);
    const lost = client.call(9, 1, ADD, 5).catch((e: unknown) => e);
    client.close();
    client.close();
    const e = await lost;
    expect(isRpcError(e) && e.code).to.equal('CLOSED');
    expect(channel.closed).to.equal(true);
    expect(wheel.size).to.equal(0);
  });

  it('learns over a real socket that nobody listens, when told to', async () => {
    const port = await freePort();
    const client = await connectUdp(`udp://127.0.0.1:${port}`, { refused: 'fail', timeoutMs: 5000 });
    const start = performance.now();
    const e = await client.call(9, 1, ADD, 5).catch((x: unknown) => x);
    expect(isRpcError(e) && e.code).to.equal('CLOSED');
    expect(performance.now() - start).to.be.lessThan(4000);
  });
});

async function freePort(): Promise<number> {
  const channel = await bindUdp('udp://127.0.0.1:0');
  channel.close();
  return channel.local.port;
}
