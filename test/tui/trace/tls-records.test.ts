import { deserialize, serialize } from 'node:v8';
import { expect } from 'chai';
import type { TlsRecord } from '../../../dissector/tls/record.ts';
import { type KeptTls, keepTls, restoreTls } from '../../../tui/trace/tls-records.ts';

function record(packet: Buffer, buf: Buffer, off: number, plain: Buffer | null): TlsRecord {
  const connection = { version: 0x0304, clientRandom: 'aa', cipherSuite: 1, clientDir: 0 } as const;
  const common = { dir: 0, connection, type: 23, version: 0x0303, length: 4, contentType: 23 } as const;
  return {
    ...common,
    buf,
    off,
    encrypted: plain !== null && plain.buffer !== packet.buffer,
    plain,
    sealed: null,
    handshakes: [],
    alert: null,
  };
}

describe('tui/trace/tls-records', () => {
  it('a record in the packet stands in the packet again, wherever that is', () => {
    const packet = Buffer.from(new ArrayBuffer(32));
    packet.write('..HHHHHdata', 8);
    const kept = keepTls([record(packet, packet, 10, packet.subarray(15, 19))], packet, 8);
    const moved = Buffer.alloc(64);
    packet.copy(moved, 40, 8);
    const [again] = restoreTls(deserialize(serialize(kept)) as KeptTls[], moved, 40);
    expect(again!.buf).to.equal(moved);
    expect(again!.off).to.equal(42);
    expect(again!.plain!.toString()).to.equal('data');
    expect(again!.plain!.buffer).to.equal(moved.buffer);
  });

  it('what was decrypted or put together comes with the record', () => {
    const packet = Buffer.from(new ArrayBuffer(8));
    const joined = Buffer.from('xxHHHHHseal');
    const kept = keepTls(
      [record(packet, joined, 2, Buffer.from('open')), record(packet, joined, 2, null)],
      packet,
      0,
    );
    joined.fill(0);
    const [opened, sealed] = restoreTls(deserialize(serialize(kept)) as KeptTls[], packet, 0);
    expect(opened!.buf.toString()).to.equal('HHHHHseal');
    expect(opened!.plain!.toString()).to.equal('open');
    expect(sealed!.plain).to.equal(null);
  });
});
