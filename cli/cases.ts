/**
 * What `decode` and `encode` share: input from a file or standard input, XdrErrors told, and `--lines`, where each
 * line `TYPE REST` gets exactly one line of JSON, in order, whatever is wrong with it.
 */
import { createReadStream } from 'node:fs';
import type { IdlModule } from '../codec/idl/index.ts';
import { isXdrError, type XdrType } from '../codec/xdr/index.ts';
import type { Io } from './command.ts';
import { CliError, ClosedPipe, EXIT_INTERRUPTED, EXIT_NEGATIVE, EXIT_OK, systemReason } from './errors.ts';
import { typeNamed } from './idl-options.ts';
import { readLines } from './lines.ts';

/** No message comes near this. */
const MAX_INPUT_BYTES = 64 * 1024 * 1024;

/** All bytes of a file, or of standard input for `-`. */
export async function readInput(file: string, io: Io): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of file === '-' ? io.stdin : createReadStream(file)) {
      const part = chunk as Uint8Array;
      length += part.length;
      if (length > MAX_INPUT_BYTES) throw new CliError(file, `more than ${MAX_INPUT_BYTES} bytes`);
      parts.push(Uint8Array.from(part));
    }
  } catch (e) {
    throw e instanceof CliError ? e : new CliError(file, systemReason(e), { cause: e });
  }
  return Buffer.concat(parts);
}

/** An XdrError as the command's negative answer; anything else as it is. */
export function refusal(what: string, e: unknown): unknown {
  if (!isXdrError(e)) return e;
  const path = e.path === '' ? '' : `, path ${e.path}`;
  return new CliError(what, `${e.code} at offset ${e.offset}${path}: ${e.message}`, {
    status: EXIT_NEGATIVE,
    cause: e,
  });
}

/** Answer each line of standard input with `{"ok":true,…}` or `{"ok":false,"error":…}`. */
export async function answerLines(
  modules: readonly IdlModule[],
  io: Io,
  work: (type: XdrType, rest: string) => object,
): Promise<number> {
  if (modules.length === 0) throw new CliError('--idl', 'needed: which .x file describes the types');
  for await (const line of readLines(io.stdin, MAX_INPUT_BYTES, () => io.stdout.flush())) {
    if (io.interrupt.aborted) return EXIT_INTERRUPTED;
    io.stdout.write(`${answer(modules, line, work)}\n`);
  }
  return EXIT_OK;
}

function answer(
  modules: readonly IdlModule[],
  line: string | null,
  work: (type: XdrType, rest: string) => object,
): string {
  try {
    if (line === null) throw new SyntaxError(`line of more than ${MAX_INPUT_BYTES} bytes`);
    const [, name = '', rest = ''] = /^\s*(\S*)\s*(.*)$/s.exec(line)!;
    const type = typeNamed(modules, name);
    if (type === undefined)
      throw new SyntaxError(name === '' ? 'empty line' : `no type "${shortened(name)}"`);
    return JSON.stringify({ ok: true, ...work(type, rest) });
  } catch (e) {
    if (e instanceof ClosedPipe || !(e instanceof Error)) throw e;
    const { code, offset, path } = isXdrError(e) ? e : { code: 'BAD_VALUE', offset: 0, path: '' };
    return JSON.stringify({ ok: false, error: { code, offset, path, message: e.message } });
  }
}

/** A name as far as it is worth repeating: a line of 64 MiB may be all name. */
function shortened(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}
