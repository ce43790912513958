/**
 * Runs every session of a Markdown file, as a reader would type it, and holds what is printed to what stands there:
 * `$ ` lines are given to bash, one shell for a block; a line that ends in `…` may go on, a line `…` ends what is
 * shown. The command `oncilla` is the built one.
 *
 * usage: check-readme.ts [FILE…]      without files: README.md
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const MARK = '\n#### end of step ####\n';

interface Step {
  readonly command: string;
  readonly shown: string[];
}

/** The commands of a block of text, each with the lines below it. */
function stepsOf(block: string): Step[] {
  const steps: Step[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), shown: [] });
    else steps.at(-1)?.shown.push(line);
  }
  return steps;
}

/** What one shell prints for each command. */
function play(steps: readonly Step[], folder: string): string[] {
  const script = steps.map(({ command }) => `${command}\nprintf '${MARK.replaceAll('\n', '\\n')}'\n`);
  const { stdout, error } = spawnSync('bash', ['-c', `exec 2>&1\n${script.join('')}`], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
  });
  if (error !== undefined) throw error;
  return stdout.split(MARK);
}

function agrees(shown: readonly string[], printed: readonly string[]): boolean {
  if (shown.at(-1) === '…') return agrees(shown.slice(0, -1), printed.slice(0, shown.length - 1));
  return (
    shown.length === printed.length &&
    shown.every((line, i) => {
      const other = printed[i] as string;
      return line === other || (line.endsWith('…') && other.startsWith(line.slice(0, -1)));
    })
  );
}

/** Lines without the blank ones around them. */
function linesOf(text: string): string[] {
  return text.replace(/^\n+|\s+$/g, '').split('\n');
}

const folder = mkdtempSync(join(tmpdir(), 'oncilla-readme-'));
let failed = 0;
try {
  const command = join(folder, 'oncilla');
  writeFileSync(command, `#!/bin/sh\nexec node '${resolve('dist/cli/main.js')}' "$@"\n`);
  chmodSync(command, 0o755);
  const files = process.argv.slice(2);
  for (const file of files.length === 0 ? ['README.md'] : files) {
    for (const [, block = ''] of readFileSync(file, 'utf8').matchAll(/^```\n(.*?)^```/gms)) {
      const steps = stepsOf(block);
      const printed = steps.length === 0 ? [] : play(steps, folder);
      for (const [i, step] of steps.entries()) {
        const shown = linesOf(step.shown.join('\n'));
        const lines = linesOf(printed[i] ?? '');
        if (agrees(shown, lines)) continue;
        failed++;
        console.log([`${file}: ${step.command}`, '  shows', ...shown, '  prints', ...lines].join('\n    '));
      }
      if (steps.length > 0) console.log(`${file}: ${steps.length} commands from "${steps[0]?.command}"`);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(failed === 0 ? 'all as shown' : `${failed} not as shown`);
process.exitCode = failed === 0 ? 0 : 1;
