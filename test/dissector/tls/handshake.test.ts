import { expect } from 'chai';
import { BlockPool } from '../../../dissector/session/block-pool.ts';
import {
  HandshakeReader,
  HandshakeType,
  parseClientHello,
  parseServerHello,
  parseTicket,
} from '../../../dissector/tls/handshake.ts';
import { listen, memory, recorded } from './recorded.ts';

function hellos(name: string, connection: number) {
  const { portions, keyLog } = recorded(name);
  const messages = listen(portions[connection]!, keyLog).told.records.flatMap((record) => record.handshakes);
  const body = (type: number) => messages.find((m) => m.type === type)!.body!;
  return { client: body(HandshakeType.CLIENT_HELLO), server: body(HandshakeType.SERVER_HELLO) };
}

describe('dissector/tls/handshake', () => {
  const resumed = hellos('tls13-openssl-early-data', 1);

  it('reads what the hellos say', () => {
    const client = parseClientHello(resumed.client)!;
    expect(client).to.include({ version: 0x0303, earlyData: true });
    expect(client.random.length).to.equal(32);
    expect(parseServerHello(resumed.server)).to.include({
      version: 0x0304,
      cipherSuite: 0x1302,
      compression: 0,
      helloRetryRequest: false,
    });
    const cbc = parseServerHello(hellos('tls12-gnutls-cbc', 0).server);
    expect(cbc).to.include({ version: 0x0303, encryptThenMac: true });
    expect(parseClientHello(hellos('tls12-gnutls-cbc', 0).client)).to.include({ earlyData: false });
  });

  it('gives nothing, or no extension, for a hello that is cut', () => {
    for (let length = 0; length < 40; length++) {
      expect(parseClientHello(resumed.client.subarray(0, length))).to.equal(null);
    }
    for (let length = 0; length < resumed.server.length; length++) {
      const cut = parseServerHello(resumed.server.subarray(0, length));
      if (cut !== null) expect(cut.version).to.equal(0x0303);
    }
  });

  it('reads a ticket', () => {
    expect(parseTicket(Buffer.from('000000010002abcd', 'hex'))?.toString('hex')).to.equal('abcd');
    expect(parseTicket(Buffer.from('000000010003abcd', 'hex'))).to.equal(null);
    expect(parseTicket(Buffer.alloc(3))).to.equal(null);
  });

  it('puts messages together over any records, and keeps only those that are looked at', () => {
    const message = (type: number, body: Buffer) =>
      Buffer.concat([Buffer.from([type, 0, 0, body.length]), body]);
    const all = Buffer.concat([
      message(20, Buffer.alloc(3)),
      message(4, Buffer.from('tic')),
      message(5, Buffer.alloc(0)),
    ]);
    for (const size of [1, 2, 5, all.length]) {
      const reader = new HandshakeReader(memory());
      const seen: string[] = [];
      for (let at = 0; at < all.length; at += size) {
        reader.feed(all, at, Math.min(at + size, all.length), (m) =>
          seen.push(`${m.type} ${m.length} ${m.body}`),
        );
      }
      // a message without contents ends with its header
      expect(seen).to.deep.equal(['20 3 null', '4 3 tic', '5 0 null']);
    }
  });

  it('keeps a message in the memory that all share, as far as that goes', () => {
    const pool = new BlockPool(400);
    const claims200 = Buffer.concat([Buffer.from([1, 0, 0, 200]), Buffer.alloc(100, 7)]);
    const [first, second] = [new HandshakeReader(pool), new HandshakeReader(pool)];
    const bodies: (string | undefined)[] = [];
    const feed = (reader: HandshakeReader, bytes: Buffer) =>
      reader.feed(bytes, 0, bytes.length, (m) => bodies.push(m.body?.toString('hex', 0, 2)));
    feed(first, claims200);
    feed(second, claims200);
    expect(pool.held).to.equal(256);
    feed(second, Buffer.alloc(100, 9));
    first.reset();
    expect(pool.held).to.equal(0);
    feed(first, claims200);
    feed(first, Buffer.alloc(100, 8));
    expect(bodies).to.deep.equal([undefined, '0707']);
    expect(pool.held).to.equal(0);
  });

  it('keeps nothing of a message that claims too much', () => {
    const reader = new HandshakeReader(memory());
    const lengths: (number | undefined)[] = [];
    const header = Buffer.from([1, 1, 0, 1]);
    reader.feed(header, 0, 4, () => {});
    const part = Buffer.alloc(0x8000);
    for (const length of [0x8000, 0x8000, 1])
      reader.feed(part, 0, length, (m) => lengths.push(m.body?.length));
    expect(lengths).to.deep.equal([undefined]);
  });
});
