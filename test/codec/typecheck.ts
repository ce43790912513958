/** Typechecks files that a test wrote, as strictly as our own source. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** What the compiler says of `files` in `folder`, '' where it is content. Writes a configuration into the folder. */
export function typecheck(folder: string, files: readonly string[]): string {
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'));
  // Imports by absolute path, which nobody emits, are only a test's.
  const config = {
    compilerOptions: {
      ...compilerOptions,
      rewriteRelativeImportExtensions: false,
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
    },
    files,
  };
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const run = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], {
    encoding: 'utf8',
  });
  return run.status === 0 ? '' : run.stdout + run.stderr;
}
