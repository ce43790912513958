/**
 * The whole command on a 150 MB capture beside tshark: one field of every frame (also beside the yardstick that leaves
 * every check out), what a filter leaves, a statistic, the layers up to RPC as JSON, and all calls with what was in
 * them, which tshark cannot print and which is beside the one field. Runs are interleaved; time and peak memory are
 * those of the whole process, as /usr/bin/time sees them.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
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

interface Task {
  readonly name: string;
  readonly flags: readonly string[];
  /** what stands once for each packet in the output: every subject must print as many; null: they differ */
  readonly mark: string | null;
  /** tshark's own flags, where it is given another task */
  readonly tshark?: readonly string[];
  /** for floor-inspect.mjs, where it does the task */
  readonly yardstick: string | null;
}

const FIELDS: Task = {
  name: 'inspect -T fields -e rpc.xid',
  flags: ['-T', 'fields', '-e', 'rpc.xid'],
  mark: '\n',
  yardstick: 'fields',
};

const FILTERED: Task = {
  name: 'inspect -Y rpc.msgtyp == 1 && rpc.time > 0.001',
  flags: ['-Y', 'rpc.msgtyp == 1 && rpc.time > 0.001', '-T', 'fields', '-e', 'frame.number'],
  mark: '\n',
  yardstick: null,
};

const PROGRAMS: Task = {
  name: 'inspect -q -z rpc,programs',
  flags: ['-q', '-z', 'rpc,programs'],
  mark: '\n',
  yardstick: null,
};

const CALLS: Task = {
  name: 'inspect --calls -T ndjson',
  flags: ['--calls', '-T', 'ndjson'],
  mark: null,
  tshark: FIELDS.flags,
  yardstick: null,
};

const JSON_LAYERS: Task = {
  name: 'inspect -T json -j layers',
  flags: ['-T', 'json', '-j', 'frame eth ip tcp rpc'],
  mark: '    "_index": ',
  yardstick: null,
};

interface Usage {
  readonly seconds: number;
  readonly megabytes: number;
  readonly packets: number;
}

function subjects(task: Task): Subject[] {
  const flags = ['-n', ...task.flags];
  const all: Subject[] = [
    {
      name: 'oncilla',
      command: (capture) => [process.execPath, ONCILLA, 'inspect', '-r', capture, ...flags],
    },
  ];
  if (spawnSync('tshark', ['--version']).status === 0) {
    const own = task.tshark === undefined ? flags : ['-n', ...task.tshark];
    all.push({
      name: task.tshark === undefined ? 'tshark' : `tshark ${task.tshark.join(' ')}`,
      command: (capture) => ['tshark', '-r', capture, ...own],
    });
  }
  const floor = sharedTool('floor-inspect.mjs');
  const { yardstick } = task;
  if (floor && yardstick !== null) {
    all.push({ name: 'yardstick', command: (capture) => [process.execPath, floor, capture, yardstick] });
  }
  return all;
}

/** Runs the command with its output in a file, so that no reader slows it down. */
function measure(command: readonly string[], mark: string | null, folder: string): Usage {
  const [usage, output] = [join(folder, 'usage'), join(folder, 'output')];
  const file = openSync(output, 'w');
  const run = spawnSync('/usr/bin/time', ['-o', usage, '-f', '%e %M', ...command], {
    stdio: ['ignore', file, 'ignore'],
  });
  closeSync(file);
  if (run.status !== 0) throw new Error(`${command.join(' ')} exited ${run.status ?? run.error?.message}`);
  const [seconds = 0, kibibytes = 0] = readFileSync(usage, 'utf8').trim().split(' ').map(Number);
  return { seconds, megabytes: (kibibytes * 1024) / 1e6, packets: mark === null ? 0 : countIn(output, mark) };
}

/** How often `mark` stands in a file, of which JSON makes more than a Buffer holds. */
function countIn(path: string, mark: string): number {
  const file = openSync(path, 'r');
  const buf = Buffer.alloc(1 << 24);
  let count = 0;
  let kept = 0;
  for (let got = readSync(file, buf); got > 0; got = readSync(file, buf, kept, buf.length - kept, null)) {
    const bytes = buf.subarray(0, kept + got);
    let end = 0;
    for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, end)) {
      count++;
      end = at + mark.length;
    }
    // a mark may be split over two reads
    const rest = bytes.subarray(Math.max(end, bytes.length - mark.length + 1));
    kept = rest.length;
    buf.set(rest);
  }
  closeSync(file);
  return count;
}

/** Medians of `rounds` interleaved runs; every subject must print as many packets as the first. */
function compare(
  all: readonly Subject[],
  capture: string,
  rounds: number,
  { mark, ...task }: Task,
  size: string,
  folder: string,
): Row[] {
  const title = `${task.name}, ${size}`;
  const runs = new Map(all.map((subject) => [subject, [] as Usage[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [subject, usages] of runs) usages.push(measure(subject.command(capture), mark, folder));
  }
  const packets = new Set([...runs.values()].flat().map((usage) => usage.packets));
  if (packets.size !== 1)
    throw new Error(`${title}: the subjects print ${[...packets].join(' and ')} packets`);
  const medians = [...runs].map(([{ name }, usages]) => ({
    name,
    seconds: median(usages.map((usage) => usage.seconds)),
    megabytes: median(usages.map((usage) => usage.megabytes)),
  }));
  const own = medians.find((other) => other.name === 'oncilla');
  return medians.flatMap(({ name, seconds, megabytes }) => [
    {
      name: `${title}: ${name}`,
      value: seconds,
      unit: 's',
      ...(own && name !== own.name ? { note: `oncilla is ${times(seconds / own.seconds, 'as fast')}` } : {}),
    },
    { name: `${title}: ${name}, peak memory`, value: megabytes, unit: 'MB' },
  ]);
}

/** Needs a build. `long` adds a file ten times as long, once, to show that memory is flat. */
export async function run({ long }: { readonly long: boolean }): Promise<Row[]> {
  if (!existsSync(ONCILLA)) throw new Error('dist is missing: npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-bench-'));
  try {
    return [FIELDS, FILTERED, PROGRAMS, JSON_LAYERS, CALLS].flatMap((task) => {
      const all = subjects(task);
      const rows = compare(all, bigCapture(BYTES), ROUNDS, task, '150 MB', folder);
      const own = all.filter((subject) => subject.name === 'oncilla');
      if (long) rows.push(...compare(own, bigCapture(BYTES * 10), 1, task, '1.5 GB', folder));
      return rows;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
