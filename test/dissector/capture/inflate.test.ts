import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { CaptureError } from '../../../dissector/capture/errors.ts';
import { gunzip, isGzip } from '../../../dissector/capture/inflate.ts';

async function inflate(
  compressed: Buffer,
  size = 1000,
  ratio?: number,
): Promise<{ bytes: Buffer; error: CaptureError | null }> {
  const parts: Buffer[] = [];
  const chunks: Buffer[] = [];
  for (let at = 0; at < compressed.length; at += size) chunks.push(compressed.subarray(at, at + size));
  let error: CaptureError | null = null;
  try {
    await gunzip(
      chunks,
      async (bytes) => {
        parts.push(bytes);
        return true;
      },
      ratio,
    );
  } catch (e) {
    if (!(e instanceof CaptureError)) throw e;
    error = e;
  }
  return { bytes: Buffer.concat(parts), error };
}

/** Bytes that hardly compress. */
function noise(length: number): Buffer {
  let x = 1;
  return Buffer.from(
    Array.from({ length }, () => {
      x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0;
      return x >>> 24;
    }),
  );
}

describe('inflate', () => {
  it('knows gzip by its first two bytes', () => {
    expect(isGzip(gzipSync(Buffer.from('x')))).to.equal(true);
    expect(isGzip(Buffer.of(0x1f))).to.equal(false);
    expect(isGzip(Buffer.from('x'))).to.equal(false);
  });

  it('inflates in any chunks, also several members', async () => {
    const data = noise(50_000);
    for (const size of [1, 777, 1 << 20]) {
      const { bytes, error } = await inflate(gzipSync(data.subarray(0, 5000)), size);
      expect(error).to.equal(null);
      expect(bytes.equals(data.subarray(0, 5000))).to.equal(true);
    }
    const members = Buffer.concat([gzipSync(data.subarray(0, 30_000)), gzipSync(data.subarray(30_000))]);
    expect((await inflate(members)).bytes.equals(data)).to.equal(true);
  });

  it('hands on what came before a cut', async () => {
    const data = noise(50_000);
    const whole = gzipSync(data);
    const { bytes, error } = await inflate(whole.subarray(0, whole.length >> 1));
    expect(error?.code).to.equal('TRUNCATED');
    expect(error?.offset).to.equal(bytes.length);
    expect(bytes.length).to.be.above(20_000);
    expect(bytes.equals(data.subarray(0, bytes.length))).to.equal(true);
  });

  it('hands on what came before damage, but for the last few kilobytes', async () => {
    const data = noise(50_000);
    const whole = gzipSync(data);
    // A block type that does not exist, in the header of the stream's only kind of block.
    const damaged = Buffer.concat([
      whole.subarray(0, 30_000),
      Buffer.alloc(3000, 0xff),
      whole.subarray(33_000),
    ]);
    const { bytes, error } = await inflate(damaged);
    expect(error?.code).to.equal('INFLATE');
    expect(bytes.length).to.be.above(20_000);
  });

  it('ends a bomb', async () => {
    const dense = gzipSync(Buffer.alloc(8 << 20, noise(2000)));
    expect((await inflate(dense)).error).to.equal(null);
    expect((await inflate(dense, 1000, 100)).error?.code).to.equal('INFLATE');
    const { bytes, error } = await inflate(gzipSync(Buffer.alloc(64 << 20)));
    expect(error?.code).to.equal('INFLATE');
    expect(bytes.length).to.be.below(4 << 20);
  });

  it('stops when it is told to', async () => {
    let calls = 0;
    await gunzip([gzipSync(noise(200_000))], async () => {
      calls++;
      return false;
    });
    expect(calls).to.equal(1);
  });
});
