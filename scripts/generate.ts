/**
 * Writes codec/programs/*.gen.ts from the .x files beside them. With --check it writes nothing, names what is
 * stale or left over, and exits 1.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { emitTypeScript, isIdlErrors, parseIdl } from '../codec/idl/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = 'codec/programs';

function read(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

function generate(name: string): string {
  const file = `${folder}/${name}.x`;
  const source = readFileSync(join(root, file), 'utf8');
  const module = parseIdl(source, { file, readFile: (path) => read(join(root, path)) });
  return emitTypeScript(module, {
    codecImport: '../xdr/index.ts',
    programImport: '../rpc/program.ts',
    command: 'npx tsx scripts/generate.ts',
  });
}

function main(check: boolean): number {
  const files = readdirSync(join(root, folder)).sort();
  const names = files.filter((f) => f.endsWith('.x')).map((f) => f.slice(0, -2));
  let stale = 0;
  for (const file of files) {
    if (!file.endsWith('.gen.ts') || names.includes(file.slice(0, -'.gen.ts'.length))) continue;
    console.error(`${folder}/${file}: no .x beside it`);
    stale++;
  }
  for (const name of names) {
    const path = join(root, folder, `${name}.gen.ts`);
    let text: string;
    try {
      text = generate(name);
    } catch (e) {
      if (!isIdlErrors(e)) throw e;
      console.error(e.message);
      return 2;
    }
    if (read(path) === text) continue;
    stale++;
    if (check) console.error(`${folder}/${name}.gen.ts: stale, run npx tsx scripts/generate.ts`);
    else writeFileSync(path, text);
  }
  console.log(`${names.length} modules, ${stale} ${check ? 'stale' : 'written'}`);
  return check && stale > 0 ? 1 : 0;
}

process.exitCode = main(process.argv.includes('--check'));
