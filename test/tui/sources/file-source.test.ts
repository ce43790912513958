import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { FileSource, isGzipFile } from '../../../tui/sources/file-source.ts';
import { until } from '../../until.ts';
import { captureFile } from '../opened.ts';

describe('tui/sources/file-source', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const all = (source: FileSource): { number: number; bytes: string }[] => {
    const found: { number: number; bytes: string }[] = [];
    source.pump((packet, _capture, at) => {
      const bytes = Buffer.alloc(packet.caplen);
      expect(source.store.read(at, bytes)).to.equal(packet.caplen);
      expect(bytes.equals(packet.buf.subarray(packet.off, packet.off + packet.caplen))).to.equal(true);
      found.push({ number: packet.number, bytes: bytes.toString('hex') });
    }, Number.POSITIVE_INFINITY);
    return found;
  };

  for (const name of ['nfs3-libnfs.pcap', 'tls13-openssl-key-update.pcapng']) {
    it(`says where the bytes of each packet of ${name} stand`, () => {
      const source = new FileSource(captureFile(name), name);
      expect(source.state.ready).to.equal(true);
      expect(all(source).length).to.be.greaterThan(50);
      expect(source.state).to.include({ ready: false, ended: false, progress: 1, note: null });
      source.close();
    });
  }

  it('follows a file that grows, also in the middle of a packet', async () => {
    const whole = readFileSync(captureFile('nfs3-libnfs.pcap'));
    const file = join(folder, 'growing.pcap');
    writeFileSync(file, whole.subarray(0, 1000));
    const source = new FileSource(file, 'growing');
    const first = all(source).length;
    let told = 0;
    source.onChange(() => told++);
    appendFileSync(file, whole.subarray(1000));
    await until(() => told > 0);
    expect(first + all(source).length).to.equal(276);
    source.close();
  });

  it('tells of a file that is cut, and of bytes that are no capture', async () => {
    const file = join(folder, 'cut.pcap');
    writeFileSync(file, readFileSync(captureFile('nfs3-libnfs.pcap')));
    const source = new FileSource(file, 'cut');
    all(source);
    source.onChange(() => undefined);
    truncateSync(file, 100);
    await until(() => source.state.ended);
    expect(source.state.note).to.equal('the file was cut while it was read');
    source.close();
    writeFileSync(file, 'this is not a capture file at all, is it?');
    const wrong = new FileSource(file, 'wrong');
    expect(all(wrong)).to.deep.equal([]);
    expect(wrong.state).to.include({ ended: true, note: 'not a pcap or pcapng capture at offset 0' });
    wrong.close();
  });

  it('knows gzip by its first bytes', () => {
    const file = join(folder, 'x.gz');
    writeFileSync(file, gzipSync('x'));
    expect(isGzipFile(file)).to.equal(true);
    expect(isGzipFile(captureFile('nfs3-libnfs.pcap'))).to.equal(false);
  });
});
