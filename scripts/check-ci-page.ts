/**
 * Runs what docs/replay-and-fuzz-in-ci.md tells its readers to run: its shell blocks, then the steps of its workflow,
 * each in a shell of its own in one folder, as a CI server does. The command `oncilla` is the built one; the step that
 * installs it is left out. What steps leave running is ended with this.
 *
 * usage: check-ci-page.ts [FILE]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const STEP_MS = 90_000;

interface Step {
  readonly name: string;
  readonly script: string;
}

/** Blocks of the page in one language, in order. */
function blocks(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text = '']) => text,
  );
}

/** The steps of a workflow that run something: of YAML no more than such a file needs. */
function workflowSteps(yaml: string): Step[] {
  const steps: Step[] = [];
  const lines = yaml.split('\n');
  let name = '';
  for (let i = 0; i < lines.length; i++) {
    name = /^\s*- name: (.*)$/.exec(lines[i]!)?.[1] ?? name;
    const [, indent = '', rest = ''] = /^(\s*)(?:- )?run: (.*)$/.exec(lines[i]!) ?? [];
    if (rest === '') continue;
    if (rest !== '|') {
      steps.push({ name, script: rest });
      continue;
    }
    const body: string[] = [];
    while (lines[i + 1] !== undefined && (lines[i + 1] === '' || lines[i + 1]!.startsWith(`${indent}  `))) {
      body.push(lines[++i]!.slice(indent.length + 2));
    }
    steps.push({ name, script: body.join('\n') });
  }
  return steps;
}

const folder = mkdtempSync(join(tmpdir(), 'oncilla-ci-'));
const started: ChildProcess[] = [];

/** Status of a script, which may leave processes behind; its output goes to a file, so that these hold no pipe of ours. */
async function play(script: string, log: string): Promise<number | string> {
  const out = openSync(log, 'w');
  const child = spawn('bash', ['-eo', 'pipefail', '-c', script], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', out, out],
    env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
  });
  closeSync(out);
  started.push(child);
  const timer = setTimeout(() => endGroup(child, 'SIGKILL'), STEP_MS);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearTimeout(timer);
  return code ?? signal ?? 'gone';
}

function endGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (e) {
    // the whole group is gone already
    if ((e as NodeJS.ErrnoException).code !== 'ESRCH') throw e;
  }
}

const [file = 'docs/replay-and-fuzz-in-ci.md'] = process.argv.slice(2);
const page = readFileSync(file, 'utf8');
const steps: Step[] = [
  ...blocks(page, 'sh').map((script) => ({ name: script.split('\n')[0]!, script })),
  ...blocks(page, 'yaml').flatMap(workflowSteps),
].filter(({ script }) => !script.startsWith('npm install'));
let failed = 0;
try {
  mkdirSync(join(folder, 'bin'));
  const command = join(folder, 'bin', 'oncilla');
  writeFileSync(command, `#!/bin/sh\nexec node '${resolve('dist/cli/main.js')}' "$@"\n`);
  chmodSync(command, 0o755);
  for (const { name, script } of steps) {
    const log = join(folder, 'log');
    const start = performance.now();
    const status = await play(script, log);
    console.log(`${name}: status ${status} after ${((performance.now() - start) / 1000).toFixed(1)} s`);
    if (status === 0) continue;
    failed++;
    console.log(script, readFileSync(log, 'utf8'));
  }
  if (steps.length === 0) failed++;
} finally {
  for (const child of started) endGroup(child, 'SIGTERM');
  rmSync(folder, { recursive: true });
}
console.log(failed === 0 ? `${steps.length} steps as the page has them` : `${failed} steps failed`);
process.exitCode = failed === 0 ? 0 : 1;
