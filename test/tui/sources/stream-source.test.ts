import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { StreamSource } from '../../../tui/sources/stream-source.ts';
import { until } from '../../until.ts';
import { captureFile } from '../opened.ts';

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function drain(source: StreamSource): Promise<number> {
  let packets = 0;
  const step = () =>
    source.pump((packet, _capture, at) => {
      packets++;
      const bytes = Buffer.alloc(packet.caplen);
      expect(source.store.read(at, bytes)).to.equal(packet.caplen);
      expect(bytes.equals(packet.buf.subarray(packet.off, packet.off + packet.caplen))).to.equal(true);
    }, Number.POSITIVE_INFINITY);
  await until(() => {
    step();
    return source.state.ended;
  });
  return packets;
}

describe('tui/sources/stream-source', () => {
  const file = readFileSync(captureFile('nfs3-libnfs.pcap'));

  for (const [name, bytes, size] of [
    ['pcap in small pieces', file, 77],
    ['pcapng', readFileSync(captureFile('tls13-openssl-key-update.pcapng')), 4096],
    ['gzip', gzipSync(file), 1000],
  ] as const) {
    it(`${name}: gives every packet, and its bytes again`, async () => {
      const source = new StreamSource(cut(bytes, size), { name: '-', live: false });
      expect(await drain(source)).to.equal(name === 'pcapng' ? 59 : 276);
      expect(source.state).to.include({ ended: true, note: null, dropped: 0 });
      source.close();
    });
  }

  it('tells of a stream that is cut short, after what came before', async () => {
    const source = new StreamSource(cut(file.subarray(0, -5), 1000), { name: '-', live: true });
    expect(await drain(source)).to.equal(275);
    expect(source.state.note).to.match(/^the capture ends in the middle of a record/);
    source.close();
    const damaged = gzipSync(file);
    damaged.fill(0, 4000, 4100);
    const broken = new StreamSource(cut(damaged, 500), { name: '-', live: false });
    expect(await drain(broken)).to.be.greaterThan(10);
    expect(broken.state.note).not.to.equal(null);
    broken.close();
  });

  it('takes no more than it can hold until it is asked for packets', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      yield file.subarray(0, 24);
      for (;;) {
        given++;
        yield Buffer.alloc(1 << 20);
      }
    }
    let stopped = 0;
    const source = new StreamSource(endless(), { name: '-', live: true, stop: () => stopped++ });
    await until(() => given >= 8);
    await new Promise(setImmediate);
    expect(given).to.equal(8);
    source.close();
    source.close();
    expect(stopped).to.equal(1);
  });
});
