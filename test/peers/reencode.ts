/**
 * Builds, from one `.x`, a C program of rpcgen's code that decodes bytes by type name and encodes them again.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const TIRPC = '/usr/include/tirpc';

/** What is needed and not installed, or undefined. */
export function missingTool(): string | undefined {
  for (const tool of ['rpcgen', 'gcc']) {
    if (spawnSync('which', [tool]).status !== 0) return tool;
  }
  return existsSync(`${TIRPC}/rpc/rpc.h`) ? undefined : 'libtirpc-dev';
}

function must(command: string, args: readonly string[], cwd: string): string {
  const run = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 30_000 });
  if (run.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${run.stderr}${run.error ?? ''}`);
  return run.stdout;
}

/** The program's path. `headers`: files beside the `.x` that it includes. Throws with the compiler's words. */
export function buildReencoder(
  file: string,
  types: readonly string[],
  folder: string,
  headers: readonly string[] = [],
): string {
  const name = basename(file, '.x');
  copyFileSync(file, join(folder, basename(file)));
  for (const header of headers) copyFileSync(join(dirname(file), header), join(folder, header));
  writeFileSync(join(folder, `${name}.h`), must('rpcgen', ['-h', `${name}.x`], folder));
  writeFileSync(join(folder, `${name}_xdr.c`), must('rpcgen', ['-c', `${name}.x`], folder));
  return compileReencoder(`#include "${name}.h"\n`, types, folder, [`${name}_xdr.c`]);
}

/** The same for types whose C code is in `sources`, or in libtirpc itself. */
export function compileReencoder(
  header: string,
  types: readonly string[],
  folder: string,
  sources: readonly string[] = [],
): string {
  writeFileSync(join(folder, 'header.inc'), header);
  const rows = types.map((t) => `{ "${t}", (xdrproc_t)xdr_${t}, sizeof(${t}) },\n`);
  writeFileSync(join(folder, 'types.inc'), rows.join(''));
  const main = join(import.meta.dirname, 'reencode.c');
  // crypt.x passes a FreeBSD macro through to C.
  const flags = ['-w', '-I', TIRPC, '-I', '.', '-D__FBSDID(x)='];
  must('gcc', [...flags, main, ...sources, '-o', 'reencode', '-ltirpc'], folder);
  return join(folder, 'reencode');
}

/** One answer for each `TYPE HEX`: what C took and wrote, or null where it refused. */
export function reencode(
  program: string,
  cases: readonly (readonly [type: string, hex: string])[],
): ({ consumed: number; hex: string } | null)[] {
  const run = spawnSync(program, [], {
    input: cases.map(([type, hex]) => `${type} ${hex}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 40_000,
  });
  if (run.status !== 0) throw new Error(`${program} ended with ${run.status ?? run.signal}: ${run.stderr}`);
  return run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      if (line === 'refused') return null;
      const [consumed, hex] = line.split(' ');
      return { consumed: Number(consumed), hex: hex! };
    });
}
