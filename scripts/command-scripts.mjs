/**
 * The command as scripts: what its ES modules are bundled from, once more, in a form whose compiled code can be kept.
 * Node 20 compiles ES modules anew at every start, which takes longer than reading a capture of 100 MB; a script is
 * handed what V8 made of it the last time. `dist/cli/main.js` is scripts/command-launcher.js, which evaluates them.
 * A change of Node's version only costs the time again: V8 refuses what another version kept.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const scripts = dirname(fileURLToPath(import.meta.url));
const root = join(scripts, '..');
const dist = join(root, 'dist');

/** What every command needs, and beside it every `inspect`, in one script each. All else is a script of its own. */
const GROUPS = {
  command: ['cli/process.ts', 'cli/bind-options.ts', 'cli/environment.ts'],
  inspect: ['cli/inspect.ts'],
};

/** How a script names the modules of other scripts. */
const SCHEME = 'oncilla:';

/** What the launcher calls a script with. */
const OPENING = '(function (exports, require, module, load, moduleUrl, moduleDirname) {';
const CLOSING = '\n})';

/** Command lines whose functions are kept compiled. */
const CAPTURE = join(root, 'captures', 'nfs3-libnfs.pcap');
const TRAINING = [
  ['-T', 'fields', '-e', 'rpc.xid'],
  ['-Y', 'rpc.msgtyp == 1 && rpc.time > 0.001', '-T', 'fields', '-e', 'frame.number'],
  ['-q', '-z', 'rpc,programs'],
  [],
  ['-T', 'json', '-j', 'frame eth ip tcp rpc'],
  ['--calls', '-T', 'ndjson'],
].map((options) => ['inspect', '-n', '-r', CAPTURE, ...options]);

/** Writes the scripts beside the bundle that `metafile` describes, and removes what only the command had of it. */
export async function writeCommandScripts(build, metafile, exportsOfPackage) {
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [resolve(root, path), output]),
  );
  const outputOf = (source) => {
    const found = [...outputs].find(([, { entryPoint }]) => entryPoint === source);
    if (found === undefined) throw new Error(`${source} is no entry point of the bundle`);
    return found[0];
  };
  const reach = (from, kinds) => {
    const seen = new Set();
    const visit = (path) => {
      if (seen.has(path)) return;
      seen.add(path);
      for (const { path: to, kind, external } of outputs.get(path).imports) {
        if (!external && kinds.includes(kind)) visit(resolve(root, to));
      }
    };
    for (const path of from) visit(path);
    return seen;
  };
  const all = reach([outputOf('cli/process.ts')], ['import-statement', 'dynamic-import']);
  /** which group's script a path is in */
  const groupOf = new Map();
  for (const [group, sources] of Object.entries(GROUPS)) {
    for (const path of reach(sources.map(outputOf), ['import-statement'])) {
      if (!groupOf.has(path)) groupOf.set(path, group);
    }
  }
  const apart = [...all].filter((path) => !groupOf.has(path));
  const index = Object.fromEntries([...groupOf].map(([path, group]) => [nameOf(path), group]));

  const folder = join(dist, 'cli', 'scripts');
  mkdirSync(folder, { recursive: true });
  const common = {
    absWorkingDir: root,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    outExtension: { '.js': '.cjs' },
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'warning',
    logOverride: { 'empty-import-meta': 'silent' },
    define: { 'import.meta.url': 'moduleUrl', 'import.meta.dirname': 'moduleDirname' },
    banner: { js: OPENING },
    footer: { js: CLOSING },
    write: false,
  };
  const groups = Object.keys(GROUPS).map((group) => {
    const paths = [...groupOf.keys()].filter((path) => groupOf.get(path) === group);
    const included = (path, kind) => groupOf.get(path) === group && kind !== 'dynamic-import';
    return build({
      ...common,
      stdin: { contents: gathered(paths, index), resolveDir: dist, sourcefile: `${group}.js` },
      outfile: join(folder, `${group}.cjs`),
      plugins: [otherScripts(included)],
    });
  });
  const built = [
    ...(await Promise.all(groups)),
    await build({
      ...common,
      entryPoints: apart,
      entryNames: '[name]',
      outdir: folder,
      plugins: [otherScripts((_path, kind) => kind === 'entry-point')],
    }),
  ];
  for (const { path, text } of built.flatMap(({ outputFiles }) => outputFiles)) {
    writeFileSync(path, named(text));
  }
  const kept = reach(exportsOfPackage.map(outputOf), ['import-statement', 'dynamic-import']);
  for (const path of all) if (!kept.has(path)) rmSync(path);
  const command = join(dist, 'cli', 'main.js');
  copyFileSync(join(scripts, 'command-launcher.js'), command);
  chmodSync(command, 0o755);
  train(command);
}

/**
 * A script that V8 takes back is told by Node 20 that nobody imports for it: what it imports is left to the launcher.
 * The modules of scripts have a slash before their names, which no package has.
 */
function named(text) {
  return text
    .replaceAll(/(?<![.\w$])import\(/g, 'load(')
    .replaceAll(`load("${SCHEME}`, 'load("/')
    .replaceAll(`require("${SCHEME}`, 'require("/');
}

/** A module's name among the scripts. */
function nameOf(path) {
  return basename(path, '.js');
}

/** One module that has others under their names, and says in which group each module is. */
function gathered(paths, index) {
  const names = paths.map((path, i) => ({ local: `m${i}`, path }));
  const imports = names.map(
    ({ local, path }) => `import * as ${local} from ${JSON.stringify(`./${relative(dist, path)}`)};`,
  );
  const entries = names.map(({ local, path }) => `${JSON.stringify(nameOf(path))}: ${local}`);
  return [
    ...imports,
    `export const modules = { ${entries.join(', ')} };`,
    `export const groups = ${JSON.stringify(index)};`,
    '',
  ].join('\n');
}

/** Leaves a module of the bundle to its own script, unless it is `included`. */
function otherScripts(included) {
  return {
    name: 'other-scripts',
    setup(build) {
      build.onResolve({ filter: /^[./]/ }, ({ path, resolveDir, kind }) => {
        const target = resolve(resolveDir, path);
        if (included(target, kind)) return { path: target };
        return { path: `${SCHEME}${nameOf(target)}`, external: true };
      });
      // what a package of its own provides, as in the bundle
      build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
        kind === 'entry-point' ? undefined : { path, external: true },
      );
    },
  };
}

/** Runs the command so that V8 compiles what such runs need, and keeps it: each run adds to what the last one kept. */
function train(command) {
  for (const line of TRAINING) {
    const trainer = join(scripts, 'command-trainer.mjs');
    const { status } = spawnSync(process.execPath, ['--import', trainer, command, ...line], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {},
    });
    if (status !== 0) throw new Error(`oncilla ${line.join(' ')} exited ${status} when it was built`);
  }
}
