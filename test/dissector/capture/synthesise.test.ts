import { expect } from 'chai';
import fc from 'fast-check';
import {
  addressBytes,
  type SynthesisedConnection,
  Synthesiser,
} from '../../../dissector/capture/synthesise.ts';
import { ipv4Text, ipv6Text } from '../../../dissector/network/address.ts';

const V4: SynthesisedConnection = {
  kind: 'tcp',
  side: 'client',
  local: { text: '10.0.0.1:700', address: '10.0.0.1', port: 700 },
  remote: { text: '10.0.0.2:111', address: '10.0.0.2', port: 111 },
};

const V6: SynthesisedConnection = {
  kind: 'tls',
  side: 'server',
  local: { text: '[fd00::2]:111', address: 'fd00::2', port: 111 },
  remote: { text: '[fd00::1]:700', address: 'fd00::1', port: 700 },
};

/** The packets of a recording, each as IP bytes, with its comment. */
function packets(file: Buffer): { bytes: Buffer; options: Buffer; time: bigint }[] {
  const found: { bytes: Buffer; options: Buffer; time: bigint }[] = [];
  for (let at = 0; at < file.length; ) {
    const type = file.readUInt32LE(at);
    const length = file.readUInt32LE(at + 4);
    if (type === 6) {
      const caplen = file.readUInt32LE(at + 20);
      const time = (BigInt(file.readUInt32LE(at + 12)) << 32n) | BigInt(file.readUInt32LE(at + 16));
      const end = at + 28 + ((caplen + 3) & ~3);
      found.push({
        bytes: file.subarray(at + 28, at + 28 + caplen),
        options: file.subarray(end, at + length - 4),
        time,
      });
    }
    at += length;
  }
  return found;
}

/** A synthesiser into memory. */
function recorder(now = () => ({ sec: 1, nsec: 2 })) {
  const written: Buffer[] = [];
  const synthesiser = new Synthesiser({ write: (blocks) => written.push(Buffer.from(blocks)), now });
  return { synthesiser, written, packets: () => packets(Buffer.concat(written)) };
}

interface Segment {
  from: number;
  seq: number;
  ack: number;
  flags: number;
  payload: Buffer;
}

function segments(list: { bytes: Buffer }[]): Segment[] {
  return list.map(({ bytes }) => {
    const ip = (bytes[0] as number) >> 4 === 6 ? 40 : ((bytes[0] as number) & 15) * 4;
    const tcp = bytes.subarray(ip);
    return {
      from: tcp.readUInt16BE(0),
      seq: tcp.readUInt32BE(4),
      ack: tcp.readUInt32BE(8),
      flags: tcp[13] as number,
      payload: tcp.subarray(((tcp[12] as number) >> 4) * 4),
    };
  });
}

describe('synthesise', () => {
  it('shakes hands, counts every byte and says farewell', () => {
    const { synthesiser, packets: all } = recorder();
    const sink = synthesiser.open(V4);
    sink.message('sent', [Buffer.from('abcd'), Buffer.from('efgh')]);
    sink.message('received', [Buffer.from('ij')]);
    sink.end('sent');
    sink.closed(false);
    const list = segments(all());
    const [client, server] = [list[0]?.seq as number, list[1]?.seq as number];
    const relative = list.map(({ from, seq, ack, flags, payload }) => {
      const [mine, theirs] = from === 700 ? [client, server] : [server, client];
      return `${from} ${seq - mine} ${flags & 0x10 ? ack - theirs : '-'} ${flags} ${payload.toString()}`;
    });
    expect(relative).to.deep.equal([
      '700 0 - 2 ',
      '111 0 1 18 ',
      '700 1 1 16 ',
      '700 1 1 24 abcdefgh',
      '111 1 9 24 ij',
      '700 9 3 17 ',
      '111 3 10 17 ',
      '700 10 4 16 ',
    ]);
  });

  it('says who opened the connection, over IPv6 too', () => {
    const { synthesiser, packets: all } = recorder();
    const sink = synthesiser.open(V6);
    sink.message('received', [Buffer.from('call')]);
    sink.closed(true);
    const [syn, , , data, reset] = all();
    expect(ipv6Text(syn?.bytes as Buffer, 8)).to.equal('fd00::1');
    expect(ipv6Text(syn?.bytes as Buffer, 24)).to.equal('fd00::2');
    expect(syn?.options.toString('latin1')).to.contain('tls: [fd00::2]:111 - [fd00::1]:700');
    expect(segments([data as { bytes: Buffer }])[0]?.from).to.equal(700);
    expect(segments([reset as { bytes: Buffer }])[0]).to.deep.include({ from: 111, flags: 0x14 });
  });

  it('keeps connections without addresses apart, and names them in a comment', () => {
    const { synthesiser, packets: all } = recorder();
    const end = { text: 'unix:/run/a.sock', address: '/run/a.sock', port: 0 };
    for (const kind of ['unix', 'ssh', 'pipe'] as const) {
      synthesiser.open({ kind, side: 'client', local: end, remote: end });
    }
    const syns = all().filter((_, i) => i % 3 === 0);
    expect(new Set(segments(syns).map(({ from }) => from)).size).to.equal(3);
    expect(ipv4Text(syns[0]?.bytes as Buffer, 12)).to.equal('127.0.0.1');
    expect(syns[0]?.options.toString('latin1')).to.contain('unix: unix:/run/a.sock');
  });

  it('cuts long messages into segments and loses nothing', () => {
    const { synthesiser, packets: all } = recorder();
    const sink = synthesiser.open(V4);
    const message = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
    sink.message('sent', [message]);
    sink.message('sent', [Buffer.from('next')]);
    const list = segments(all()).slice(3);
    expect(
      Buffer.concat(list.map(({ payload }) => payload)).equals(Buffer.concat([message, Buffer.from('next')])),
    ).to.be.true;
    expect(Math.max(...list.map(({ payload }) => payload.length))).to.equal(16_384);
    list.slice(1).forEach(({ seq }, i) => {
      expect(seq).to.equal(((list[i]?.seq as number) + (list[i]?.payload.length as number)) >>> 0);
    });
  });

  it('writes datagrams as UDP', () => {
    const { synthesiser, packets: all } = recorder();
    const sink = synthesiser.open({ ...V4, kind: 'udp' });
    sink.message('sent', [Buffer.from('abc')]);
    sink.message('received', [Buffer.alloc(70_000)]);
    sink.end('sent');
    sink.closed(false);
    const list = all();
    expect(list).to.have.length(2);
    const udp = list[0]?.bytes.subarray(20) as Buffer;
    expect([udp.readUInt16BE(0), udp.readUInt16BE(2), udp.readUInt16BE(4)]).to.deep.equal([700, 111, 11]);
    expect(list[1]?.bytes.length).to.equal(65_535);
  });

  it('never goes back in time', () => {
    const times = [5, 3, 9].map((sec) => ({ sec, nsec: 0 }));
    const { synthesiser, packets: all } = recorder(() => times.shift() ?? { sec: 4, nsec: 0 });
    synthesiser.open(V4).closed(false);
    const seconds = all().map(({ time }) => Number(time / 1_000_000_000n));
    expect(seconds).to.deep.equal([5, 5, 9, 9, 9, 9]);
  });

  it('hands over whole blocks only, one write a message', () => {
    const { synthesiser, written } = recorder();
    const sink = synthesiser.open(V4);
    sink.message('sent', [Buffer.alloc(100_000)]);
    expect(written).to.have.length(3);
    for (const blocks of written) {
      let at = 0;
      while (at < blocks.length) at += blocks.readUInt32LE(at + 4);
      expect(at).to.equal(blocks.length);
    }
  });

  it('reads addresses as the address writer writes them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        expect(Buffer.from(addressBytes(ipv6Text(bytes, 0)) ?? []).equals(bytes)).to.equal(true);
        expect(Buffer.from(addressBytes(ipv4Text(bytes, 0)) ?? []).equals(bytes.subarray(0, 4))).to.equal(
          true,
        );
      }),
    );
    expect(addressBytes('fe80::1%eth0')?.length).to.equal(16);
    for (const bad of [
      '',
      'localhost',
      '1.2.3',
      '1.2.3.256',
      '1::2::3',
      '1:2:3:4:5:6:7:8:9',
      '1:2:3',
      'g::',
      '::1:',
    ])
      expect(addressBytes(bad), bad).to.equal(null);
  });
});
