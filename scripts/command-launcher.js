#!/usr/bin/env node
/**
 * Starts the command from the scripts beside it, each with what V8 kept of it when it was built, if this is the same
 * V8 (scripts/command-scripts.mjs makes them). Node's modules are asked for directly, because an import would load
 * the streams of node:fs as well.
 */
const { readFileSync } = process.getBuiltinModule('node:fs');
const { Script } = process.getBuiltinModule('node:vm');
const { createRequire } = process.getBuiltinModule('node:module');

const { dirname, url } = import.meta;
const requireOther = createRequire(url);
/** coverage by block is had only of functions that are compiled once it was asked for */
const takesKept = !process.argv.includes('--in-process');
const modules = new Map();
/** the script that has a module, where it is not the module's own */
const groups = new Map();

/** A module of one of the scripts, whose names begin with a slash, or of Node, or of a package. */
function requireModule(name) {
  if (!name.startsWith('/')) return process.getBuiltinModule(name) ?? requireOther(name);
  const known = modules.get(name);
  if (known !== undefined) return known;
  const own = name.slice(1);
  const group = groups.get(own);
  if (group !== undefined) {
    runGroup(group);
    return modules.get(name);
  }
  const module = { exports: {} };
  run(own, module);
  modules.set(name, module.exports);
  return module.exports;
}

async function load(name) {
  return name.startsWith('/') ? requireModule(name) : import(name);
}

function runGroup(group) {
  const module = { exports: {} };
  run(group, module);
  for (const [name, one] of Object.entries(module.exports.modules)) modules.set(`/${name}`, one);
  return module.exports;
}

function run(script, module) {
  const path = `${dirname}/scripts/${script}.cjs`;
  const moduleUrl = new URL(`scripts/${script}.cjs`, url).href;
  const evaluate = new Script(readFileSync(path, 'latin1'), {
    filename: moduleUrl,
    cachedData: takesKept ? keptCode(path) : undefined,
  }).runInThisContext();
  evaluate(module.exports, requireModule, module, load, moduleUrl, dirname);
}

/** V8 refuses code of another version by itself, but does not ask for which processor it was made. */
function keptCode(path) {
  try {
    return readFileSync(`${path}.${process.version}-${process.arch}`);
  } catch (e) {
    if (e.code === 'ENOENT') return undefined;
    throw e;
  }
}

for (const [name, group] of Object.entries(runGroup('command').groups)) groups.set(name, group);
await modules.get('/process').runProcess();
