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

/** A description that stands apart from the programs, and where its module imports from. */
const GSS = {
  path: 'codec/rpc/auth/rpcsec_gss',
  codecImport: '../../xdr/index.ts',
  programImport: '../program.ts',
};

function program(name: string): typeof GSS {
  return { path: `${folder}/${name}`, codecImport: '../xdr/index.ts', programImport: '../rpc/program.ts' };
}

function generate({ path, ...imports }: typeof GSS): string {
  const file = `${path}.x`;
  const source = readFileSync(join(root, file), 'utf8');
  const module = parseIdl(source, { file, readFile: (path) => read(join(root, path)) });
  return emitTypeScript(module, {
    ...imports,
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
  const made = [...names.map(program), GSS];
  for (const what of made) {
    const path = join(root, `${what.path}.gen.ts`);
    let text: string;
    try {
      text = generate(what);
    } catch (e) {
      if (!isIdlErrors(e)) throw e;
      console.error(e.message);
      return 2;
    }
    if (read(path) === text) continue;
    stale++;
    if (check) console.error(`${what.path}.gen.ts: stale, run npx tsx scripts/generate.ts`);
    else writeFileSync(path, text);
  }
  console.log(`${made.length} modules, ${stale} ${check ? 'stale' : 'written'}`);
  return check && stale > 0 ? 1 : 0;
}

process.exitCode = main(process.argv.includes('--check'));
