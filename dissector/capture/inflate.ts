/**
 * gzip, streamed: compressed chunks in, inflated bytes out as soon as there are any. A bomb, damaged data and a
 * stream cut short end it with a CaptureError, after all that could be inflated was handed on.
 */
import { CaptureError } from './errors.ts';

/** Inflated bytes allowed for each byte of input, and in any case. */
const DEFAULT_RATIO = 1000;
const ALWAYS_ALLOWED = 1 << 20;

/**
 * Compressed bytes given to zlib at once. What one step inflated is lost when damage is found in the same step,
 * so a step is small.
 */
const STEP = 2048;

export function isGzip(start: Uint8Array): boolean {
  return start.length >= 2 && start[0] === 0x1f && start[1] === 0x8b;
}

/**
 * Inflates `chunks` into `take`, which tells whether it wants more. Rejects with
 * CaptureError (offset: in the inflated data), or with what `take` or `chunks` threw.
 */
export async function gunzip(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  take: (bytes: Buffer) => Promise<boolean>,
  ratio: number = DEFAULT_RATIO,
): Promise<void> {
  // most captures are not compressed, and pay nothing for zlib
  const { createGunzip } = await import('node:zlib');
  const stream = createGunzip();
  let inflated = 0;
  let input = 0;
  let failure: unknown = null;
  let enough = false;
  let wake = () => {};
  const pending: Buffer[] = [];
  stream.on('data', (bytes: Buffer) => pending.push(bytes));
  stream.on('error', (e: NodeJS.ErrnoException) => {
    if (e.code === 'Z_BUF_ERROR')
      failure = new CaptureError('TRUNCATED', 'the gzip data is cut short', inflated);
    else failure = new CaptureError('INFLATE', `the gzip data is damaged (${e.message})`, inflated);
    wake();
  });
  const deliver = async (): Promise<void> => {
    for (const bytes of pending.splice(0)) {
      if (enough) return;
      inflated += bytes.length;
      if (inflated > ALWAYS_ALLOWED && inflated > input * ratio) {
        const message = `more than ${ratio} bytes inflated from each byte of input`;
        throw new CaptureError('INFLATE', message, inflated);
      }
      if (!(await take(bytes))) enough = true;
    }
  };
  /** Waits until what `act` begins is done, or has failed. */
  const settled = (act: (done: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      act(resolve);
    });
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length && failure === null && !enough; at += STEP) {
        const piece = chunk.subarray(at, at + STEP);
        input += piece.length;
        await settled((done) => stream.write(piece, () => done()));
        await deliver();
      }
      if (failure !== null || enough) break;
    }
    if (failure === null && !enough) {
      await settled((done) => {
        stream.once('end', done);
        stream.end();
      });
      await deliver();
    }
    if (failure !== null && !enough) throw failure;
  } finally {
    stream.destroy();
  }
}
