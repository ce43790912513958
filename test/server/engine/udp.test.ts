import { expect } from 'chai';
import { connectUdp } from '../../../client/udp.ts';
import {
  decodeMessage,
  encodeCall,
  encodeReply,
  isRpcError,
  type Procedure,
} from '../../../codec/rpc/index.ts';
import { xdr } from '../../../codec/xdr/index.ts';
import { ECHO_PORTS, UdpService } from '../../../server/engine/udp.ts';
import { Dispatcher } from '../../../transport/peer-dispatch.ts';
import type { CallContext, Service } from '../../../transport/peer-types.ts';
import { bindUdp } from '../../../transport/udp.ts';
import { VirtualClock } from '../../../transport/virtual-clock.ts';
import { at, FakeDatagrams } from '../../client/fake-datagrams.ts';

const LOCAL = at('127.0.0.1', 40_000);
const FAR = at('198.51.100.7', 40_000);
const FILL: Procedure = {
  name: 'FILL',
  number: 1,
  args: [xdr.uint()],
  argument: xdr.uint(),
  result: xdr.varOpaque(),
};
const WAIT: Procedure = { name: 'WAIT', number: 2, args: [], argument: xdr.void(), result: xdr.void() };

function setUp(options = {}) {
  const clock = new VirtualClock();
  const channel = new FakeDatagrams();
  const calls: CallContext[] = [];
  const waiting: (() => void)[] = [];
  const service: Service = {
    program: { name: 'P', number: 9, versions: [{ name: 'V', number: 1, procedures: [FILL, WAIT] }] },
    access: 'unrestricted',
    handler: (name) => (args, context) => {
      calls.push(context);
      if (name === 'FILL') return new Uint8Array(Math.min(args as number, 100_000)).fill(calls.length);
      return new Promise<void>((done) => waiting.push(done));
    },
  };
  const dispatcher = new Dispatcher();
  dispatcher.add(service);
  const drops: string[] = [];
  const udp = new UdpService(channel, dispatcher, {
    access: 'rw',
    clock,
    onDrop: (reason) => drops.push(reason),
    ...options,
  });
  return { clock, channel, calls, waiting, drops, udp };
}

function fill(xid: number, size: number): Uint8Array {
  const args = new Uint8Array(4);
  new DataView(args.buffer).setUint32(0, size);
  return encodeCall({ xid, program: 9, version: 1, procedure: 1 }, args);
}

function wait(xid: number): Uint8Array {
  return encodeCall({ xid, program: 9, version: 1, procedure: 2 });
}

describe('server/engine/udp', () => {
  it('executes the same datagram once, however often it comes, and answers each time (U-05)', () => {
    const { channel, calls, udp } = setUp();
    for (let i = 0; i < 3; i++) channel.receive(fill(1, 4), LOCAL);
    expect(calls).to.have.length(1);
    expect(channel.sent).to.have.length(3);
    expect(channel.sent[2]!.bytes).to.deep.equal(channel.sent[0]!.bytes);
    expect(udp.counts).to.include({ received: 3, executed: 1, repeated: 2 });
  });

  it('does not take another xid, another sender or other bytes for a repetition', () => {
    const { channel, calls } = setUp();
    channel.receive(fill(1, 4), LOCAL);
    channel.receive(fill(2, 4), LOCAL);
    channel.receive(fill(1, 5), LOCAL);
    channel.receive(fill(1, 4), at('127.0.0.1', 40_001));
    expect(calls).to.have.length(4);
  });

  it('waits with a repetition of what is still executed', async () => {
    const { channel, calls, waiting, drops, udp, clock } = setUp();
    channel.receive(wait(1), LOCAL);
    channel.receive(wait(1), LOCAL);
    expect(calls).to.have.length(1);
    expect(channel.sent).to.have.length(0);
    expect(drops).to.deep.equal(['in_progress']);
    expect(udp.inFlight).to.equal(1);
    waiting[0]!();
    await clock.advance(0);
    channel.receive(wait(1), LOCAL);
    expect(channel.sent).to.have.length(2);
    expect(udp.inFlight).to.equal(0);
  });

  it('executes anew what came before the cache remembers', async () => {
    const { channel, calls, clock } = setUp({ cache: { ageMs: 1000 } });
    channel.receive(fill(1, 4), LOCAL);
    await clock.advance(1000);
    channel.receive(fill(1, 4), LOCAL);
    expect(calls).to.have.length(2);
  });

  it('answers no reply and no stub of a message (U-03, U-04)', () => {
    const { channel, drops } = setUp();
    for (const size of [0, 1, 3, 4, 39]) channel.receive(fill(1, 4).subarray(0, size), LOCAL);
    channel.receive(encodeReply({ xid: 1, verdict: 'SUCCESS' }), LOCAL);
    channel.receive(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1), LOCAL);
    expect(channel.sent).to.have.length(0);
    expect(drops).to.deep.equal([
      'short',
      'short',
      'short',
      'short',
      'short',
      'unexpected_reply',
      'unexpected_reply',
    ]);
  });

  it('answers nobody at a port that answers everything (U-03)', () => {
    const { channel, drops } = setUp();
    for (const port of ECHO_PORTS) channel.receive(fill(1, 4), at('127.0.0.1', port));
    expect(channel.sent).to.have.length(0);
    expect(new Set(drops)).to.deep.equal(new Set(['echo_port']));
    expect([...ECHO_PORTS]).to.include.members([7, 19, 111]);
  });

  it('answers what a call gets wrong with its verdict', () => {
    const { channel } = setUp();
    const call = fill(1, 4);
    new DataView(call.buffer).setUint32(8, 3);
    channel.receive(call, LOCAL);
    channel.receive(encodeCall({ xid: 2, program: 9, version: 7, procedure: 1 }), LOCAL);
    expect(channel.sent.map(({ bytes }) => decodeMessage(bytes))).to.deep.include({
      type: 'denied',
      xid: 1,
      stat: 0,
      low: 2,
      high: 2,
    });
    expect(decodeMessage(channel.sent[1]!.bytes)).to.deep.include({ stat: 2, low: 1, high: 1 });
  });

  it('sends a stranger at most so many times what came (U-02)', () => {
    const { channel, udp } = setUp({ amplification: 4 });
    const [small, large] = [4 * 44 - 28, 4 * 44 - 24];
    channel.receive(fill(1, small), FAR);
    channel.receive(fill(2, large), FAR);
    channel.receive(fill(3, large), LOCAL);
    expect(channel.sent.map(({ bytes }) => bytes.length)).to.deep.equal([4 * 44, 24, 4 * 44 + 4]);
    expect(decodeMessage(channel.sent[1]!.bytes)).to.deep.include({ stat: 5 });
    expect(udp.counts.oversize).to.equal(1);
  });

  it('says SYSTEM_ERR where the result fits no datagram', () => {
    const { channel } = setUp();
    channel.receive(fill(1, 65_476), LOCAL);
    channel.receive(fill(2, 65_477), LOCAL);
    expect(channel.sent[1]!.bytes).to.have.length(24);
    expect(channel.sent[0]!.bytes).to.have.length(65_504);
  });

  it('lets a stranger draw no more than its budget', async () => {
    const { channel, drops, clock } = setUp({ budget: { bytesPerSecond: 100, burstBytes: 250 } });
    for (let xid = 1; xid <= 5; xid++) channel.receive(fill(xid, 72), FAR);
    expect(channel.sent).to.have.length(3);
    expect(drops).to.deep.equal(['budget', 'budget']);
    for (let xid = 1; xid <= 5; xid++) channel.receive(fill(xid, 72), LOCAL);
    expect(channel.sent).to.have.length(8);
    await clock.advance(1000);
    channel.receive(fill(6, 72), FAR);
    expect(channel.sent).to.have.length(9);
  });

  it('serves so many at once', async () => {
    const { channel, drops, waiting, clock } = setUp({ inFlight: 2 });
    for (const xid of [1, 2, 3]) channel.receive(wait(xid), LOCAL);
    expect(drops).to.deep.equal(['in_flight']);
    for (const end of waiting) end();
    await clock.advance(0);
    channel.receive(wait(3), LOCAL);
    expect(waiting).to.have.length(3);
  });

  it('shows handlers a connection that lasts as long as the call', async () => {
    const { channel, calls } = setUp();
    channel.receive(wait(1), LOCAL);
    const { connection } = calls[0]!;
    expect(connection).to.include({ transport: 'udp', remote: '127.0.0.1:40000', access: 'rw' });
    expect(connection.local).to.equal('127.0.0.1:2049');
    const e = await connection.callback(1, 1, WAIT, undefined).catch((x: unknown) => x);
    expect(isRpcError(e) && e.code).to.equal('CLOSED');
  });

  it('ends: what runs may end first, the rest is aborted', async () => {
    const { channel, calls, waiting, clock, udp } = setUp();
    channel.receive(wait(1), LOCAL);
    const { signal } = calls[0]!;
    const first = udp.close(1000);
    waiting[0]!();
    await clock.advance(0);
    await first;
    expect(channel.sent).to.have.length(1);
    expect(signal.aborted).to.equal(false);

    const other = setUp();
    other.channel.receive(wait(1), LOCAL);
    const aborted = other.calls[0]!.signal;
    const closing = other.udp.close(1000);
    await other.clock.advance(1000);
    await closing;
    expect(aborted.aborted).to.equal(true);
    expect(other.channel.closed).to.equal(true);
  });

  it('never throws, and never answers more than once, whatever bytes come', () => {
    const { channel } = setUp();
    const call = fill(1, 4);
    for (let i = 0; i < call.length; i++) {
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        const bytes = call.slice();
        bytes[i] = value;
        const before = channel.sent.length;
        channel.receive(bytes, LOCAL);
        expect(channel.sent.length - before).to.be.at.most(1);
      }
    }
  });

  it('speaks over real sockets, IPv4 and IPv6', async () => {
    for (const host of ['127.0.0.1', '[::1]']) {
      const dispatcher = new Dispatcher();
      dispatcher.add({
        program: { name: 'P', number: 9, versions: [{ name: 'V', number: 1, procedures: [FILL] }] },
        access: 'unrestricted',
        handler: () => (size) => new Uint8Array(size as number),
      });
      const udp = new UdpService(await bindUdp(`udp://${host}:0`), dispatcher, { access: 'ro' });
      const client = await connectUdp(`udp://${udp.local.text}`, { timeoutMs: 2000 });
      expect(await client.call(9, 1, FILL, 60_000)).to.have.length(60_000);
      client.close();
      await udp.close();
    }
  });
});
