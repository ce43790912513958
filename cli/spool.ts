/**
 * A stream that has to be read twice, kept in a temporary file: mode 0600, bounded, without a name as soon as it
 * is open. Throws CliError where the stream is longer than the bound, and the system's errors.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from './errors.ts';

const MAX_SPOOL_BYTES = 2 ** 31;

/** Copies `chunks` to a file and opens it `times` times for reading. The caller closes the descriptors. */
export async function spool(
  chunks: AsyncIterable<Uint8Array>,
  times: number,
  maxBytes: number = MAX_SPOOL_BYTES,
): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-'));
  const path = join(folder, 'capture');
  try {
    const out = openSync(path, 'wx', 0o600);
    try {
      let size = 0;
      for await (const chunk of chunks) {
        size += chunk.length;
        if (size > maxBytes) {
          throw new CliError('-2', `standard input is longer than ${maxBytes} bytes`, {
            hint: 'save it to a file first',
          });
        }
        for (let at = 0; at < chunk.length; ) at += writeSync(out, chunk, at, chunk.length - at);
      }
    } finally {
      closeSync(out);
    }
    return Array.from({ length: times }, () => openSync(path, 'r'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
