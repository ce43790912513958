import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import {
  forEachPacket,
  forEachPacketOf,
  openCapture,
  type PacketHandler,
} from '../../../dissector/capture/for-each-packet.ts';
import { pcapHeader, pcapRecord } from '../../../dissector/capture/write-pcap.ts';
import {
  enhancedPacket,
  interfaceDescription,
  sectionHeader,
} from '../../../dissector/capture/write-pcapng.ts';

const COUNT = 300;
const DATA = Buffer.alloc(5000, 'x');

function pcap(nanos = false): Buffer {
  const records = Array.from({ length: COUNT }, (_, i) => pcapRecord(i, 7, DATA.subarray(0, i * 16)));
  return Buffer.concat([pcapHeader(1, { nanos }), ...records]);
}

function pcapng(): Buffer {
  const blocks = Array.from({ length: COUNT }, (_, i) => enhancedPacket(0, i, 7, DATA.subarray(0, i * 16)));
  return Buffer.concat([sectionHeader(), interfaceDescription(1), ...blocks]);
}

/** Caplens in order. */
const EXPECTED = Array.from({ length: COUNT }, (_, i) => i * 16);

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

describe('for each packet', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function file(bytes: Buffer): string {
    const path = join(folder, 'capture');
    writeFileSync(path, bytes);
    return path;
  }

  const formats: [string, Buffer][] = [
    ['pcap', pcap()],
    ['nanosecond pcap', pcap(true)],
    ['pcapng', pcapng()],
    ['gzipped pcap', gzipSync(pcap())],
    ['gzipped pcapng', gzipSync(pcapng())],
  ];
  for (const [name, bytes] of formats) {
    it(`reads ${name} from a file and from a stream`, async () => {
      const fromFile: number[] = [];
      const summary = await forEachPacket(file(bytes), (p) => {
        fromFile.push(p.caplen);
      });
      expect(summary).to.deep.include({ packets: COUNT, stopped: false, error: null });
      expect(fromFile).to.deep.equal(EXPECTED);
      for (const size of [10, 65_536]) {
        const fromStream: number[] = [];
        const other = await forEachPacketOf(inChunks(bytes, size), (p) => {
          fromStream.push(p.caplen);
        });
        expect(other.error).to.equal(null);
        expect(fromStream).to.deep.equal(EXPECTED);
      }
    });

    it(`gives what comes before the end of a truncated ${name}, then the error`, async () => {
      const cut = bytes.subarray(0, Math.floor(bytes.length * 0.9));
      const sources = [
        (count: () => void) => forEachPacket(file(cut), count),
        (count: () => void) => forEachPacketOf(inChunks(cut, 1000), count),
      ];
      const counts = [];
      for (const source of sources) {
        let seen = 0;
        const { error, packets } = await source(() => {
          seen++;
        });
        expect(error?.code).to.equal('TRUNCATED');
        expect(packets).to.equal(seen);
        expect(seen).to.be.within(100, COUNT - 1);
        counts.push(seen);
      }
      expect(counts[0]).to.equal(counts[1]);
    });

    it(`stops reading ${name} when the handler says so, also by a promise`, async () => {
      const verdicts: ReturnType<PacketHandler>[] = [
        'stop',
        false,
        Promise.resolve(false),
        Promise.resolve('stop'),
      ];
      for (const verdict of verdicts) {
        let seen = 0;
        const handler: PacketHandler = () => (++seen === 5 ? verdict : undefined);
        const one = await forEachPacket(file(bytes), handler);
        expect(one).to.include({ packets: 5, stopped: true, error: null });
        seen = 0;
        const other = await forEachPacketOf(inChunks(bytes, 5000), handler);
        expect(other).to.include({ packets: 5, stopped: true, error: null });
      }
    });
  }

  it('waits for a handler that gives promises before it touches the next packet', async () => {
    const seen: number[] = [];
    await forEachPacket(file(pcap()), async (p) => {
      const { caplen } = p;
      await null;
      expect(p.caplen).to.equal(caplen);
      seen.push(caplen);
    });
    expect(seen).to.deep.equal(EXPECTED);
  });

  it('rejects with what the handler throws', async () => {
    const thrown = await forEachPacket(file(pcap()), () => {
      throw new RangeError('mine');
    }).catch((e: unknown) => e);
    expect(thrown).to.be.instanceOf(RangeError);
  });

  it('throws the error of the system for a file that cannot be opened', () => {
    expect(() => openCapture(join(folder, 'missing'))).to.throw('ENOENT');
  });

  it('hands the interfaces to the handler', async () => {
    await forEachPacket(file(pcapng()), (_packet, capture) => {
      expect(capture.interfaces).to.have.length(1);
      return 'stop';
    });
  });

  it('reads standard input: a pipe and a redirected file', () => {
    const module = fileURLToPath(new URL('../../../dissector/capture/for-each-packet.ts', import.meta.url));
    const script = `
      const { forEachPacket } = await import(${JSON.stringify(module)});
      let bytes = 0;
      const { packets, error } = await forEachPacket('-', (p) => { bytes += p.caplen });
      console.log(packets, bytes, error === null ? 'whole' : error.code);`;
    const node = ['--import', 'tsx', '--input-type=module', '-e', script];
    const total = EXPECTED.reduce((a, b) => a + b, 0);
    const piped = spawnSync(process.execPath, node, { input: pcap(), encoding: 'utf8' });
    expect(piped.stdout, piped.stderr).to.equal(`${COUNT} ${total} whole\n`);
    const quoted = [process.execPath, ...node].map((a) => `'${a.replaceAll("'", "'\\''")}'`).join(' ');
    const redirected = spawnSync(`${quoted} < '${file(pcap())}'`, { shell: true, encoding: 'utf8' });
    expect(redirected.stdout, redirected.stderr).to.equal(`${COUNT} ${total} whole\n`);
  });
});
