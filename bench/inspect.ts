/**
 * The whole command on a 150 MB capture, one field of every frame: `oncilla inspect -n -T fields -e rpc.xid` beside
 * tshark and beside the yardstick that leaves every check out. Runs are interleaved; time and peak memory are those
 * of the whole process, as /usr/bin/time sees them.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bigCapture, sharedTool } from './big-capture.ts';
import { median, type Row, times } from './row.ts';

const ONCILLA = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const BYTES = 150_000_000;
const ROUNDS = 5;

interface Subject {
  readonly name: string;
  readonly command: (capture: string) => string[];
}

interface Usage {
  readonly seconds: number;
  readonly megabytes: number;
  readonly lines: number;
}

function subjects(): Subject[] {
  const flags = ['-n', '-T', 'fields', '-e', 'rpc.xid'];
  const all: Subject[] = [
    {
      name: 'oncilla',
      command: (capture) => [process.execPath, ONCILLA, 'inspect', '-r', capture, ...flags],
    },
  ];
  if (spawnSync('tshark', ['--version']).status === 0) {
    all.push({ name: 'tshark', command: (capture) => ['tshark', '-r', capture, ...flags] });
  }
  const floor = sharedTool('floor-inspect.mjs');
  if (floor)
    all.push({ name: 'yardstick', command: (capture) => [process.execPath, floor, capture, 'fields'] });
  return all;
}

/** Runs the command with its output in a file, so that no reader slows it down. */
function measure(command: readonly string[], folder: string): Usage {
  const [usage, output] = [join(folder, 'usage'), join(folder, 'output')];
  const file = openSync(output, 'w');
  const run = spawnSync('/usr/bin/time', ['-o', usage, '-f', '%e %M', ...command], {
    stdio: ['ignore', file, 'ignore'],
  });
  closeSync(file);
  if (run.status !== 0) throw new Error(`${command.join(' ')} exited ${run.status ?? run.error?.message}`);
  const [seconds = 0, kibibytes = 0] = readFileSync(usage, 'utf8').trim().split(' ').map(Number);
  return { seconds, megabytes: (kibibytes * 1024) / 1e6, lines: countLines(readFileSync(output)) };
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}

/** Medians of `rounds` interleaved runs; every subject must print as many lines as the first. */
function compare(
  all: readonly Subject[],
  capture: string,
  rounds: number,
  task: string,
  folder: string,
): Row[] {
  const runs = new Map(all.map((subject) => [subject, [] as Usage[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [subject, usages] of runs) usages.push(measure(subject.command(capture), folder));
  }
  const lines = new Set([...runs.values()].flat().map((usage) => usage.lines));
  if (lines.size !== 1) throw new Error(`${task}: the subjects print ${[...lines].join(' and ')} lines`);
  const medians = [...runs].map(([{ name }, usages]) => ({
    name,
    seconds: median(usages.map((usage) => usage.seconds)),
    megabytes: median(usages.map((usage) => usage.megabytes)),
  }));
  const own = medians.find((other) => other.name === 'oncilla');
  return medians.flatMap(({ name, seconds, megabytes }) => [
    {
      name: `${task}: ${name}`,
      value: seconds,
      unit: 's',
      ...(own && name !== own.name ? { note: `oncilla is ${times(seconds / own.seconds, 'as fast')}` } : {}),
    },
    { name: `${task}: ${name}, peak memory`, value: megabytes, unit: 'MB' },
  ]);
}

/** Needs a build. `long` adds a file ten times as long, once, to show that memory is flat. */
export async function run({ long }: { readonly long: boolean }): Promise<Row[]> {
  if (!existsSync(ONCILLA)) throw new Error('dist is missing: npm run build');
  const all = subjects();
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-bench-'));
  try {
    const rows = compare(all, bigCapture(BYTES), ROUNDS, 'inspect -T fields -e rpc.xid, 150 MB', folder);
    if (long) {
      const own = all.filter((subject) => subject.name === 'oncilla');
      rows.push(...compare(own, bigCapture(BYTES * 10), 1, 'inspect -T fields -e rpc.xid, 1.5 GB', folder));
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
