/**
 * Builds `dist` from nothing: one esbuild bundle for the command and every package export, then the declarations.
 * One build with shared chunks, so that however a caller reaches the codec there is one XdrError class.
 * Exits 1 with one line when a source is missing or the compiler refuses.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCommandScripts } from './command-scripts.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const require = createRequire(import.meta.url);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Loaded from node_modules at run time: bundling gains them nothing, and blessed looks for files beside itself. */
const EXTERNAL = ['pcap-parser', 'blessed'];

/** Ours in place of a dependency's dependency, for the time that it takes to load. */
const ALIAS = { 'string-width': './cli/text-width.ts' };

/** Of yargs/helpers the parser alone: beside it are translations and layout, which take longer to load than it does. */
const YARGS_PARSER = {
  name: 'yargs-parser',
  setup(build) {
    build.onResolve({ filter: /^yargs\/helpers$/ }, () => ({ path: 'parser', namespace: 'yargs' }));
    build.onLoad({ filter: /^parser$/, namespace: 'yargs' }, () => ({
      contents: "export { default as Parser } from 'yargs-parser';",
      resolveDir: join(root, 'node_modules', 'yargs'),
    }));
  },
};

/** `{'codec/index': 'codec/index.ts', …}`, from what package.json promises. */
function exportsOfPackage() {
  const outputs = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [] : [target.default],
  );
  return Object.fromEntries(
    outputs.map((output) => {
      const name = /^(?:\.\/)?dist\/(.+)\.js$/.exec(output)?.[1];
      if (name === undefined) fail(`package.json: ${output} is not in dist`);
      const source = `${name}.ts`;
      if (!existsSync(join(root, source))) fail(`package.json promises ${output}, but there is no ${source}`);
      return [name, source];
    }),
  );
}

function fail(reason) {
  process.stderr.write(`build: ${reason}\n`);
  process.exit(1);
}

async function bundle() {
  // Imported here so that an install without devDependencies is told what is missing.
  const { build } = await import('esbuild').catch(() =>
    fail('esbuild is not installed; run npm ci with devDependencies'),
  );
  const exported = exportsOfPackage();
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { ...exported, 'cli/process': 'cli/process.ts' },
    outdir: dist,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: EXTERNAL,
    alias: ALIAS,
    plugins: [YARGS_PARSER],
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  writeLicenses(Object.keys(metafile.inputs));
  await writeCommandScripts(build, metafile, Object.values(exported));
}

/** Each bundled package's licence, word for word, as they ask of copies. */
function writeLicenses(inputs) {
  const folders = inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map((folder) => {
    const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
    if (file === undefined) fail(`${folder} has no licence file`);
    const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return `${name} ${version}\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`;
  });
  writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), texts.join(`\n${'-'.repeat(80)}\n\n`));
}

function declare() {
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const run = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
    stdio: 'inherit',
  });
  if (run.status !== 0) fail('the declarations do not compile');
}

rmSync(dist, { recursive: true, force: true });
await bundle();
declare();
