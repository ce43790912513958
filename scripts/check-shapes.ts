/**
 * Holds the shapes of `inspect --tshark-compat` (-V, json, jsonraw, ek, pdml) to the installed tshark's, over the
 * shared captures: every layer from the frame to RPC, byte for byte, except what tshark-layers.ts leaves out of both
 * and the layers listed here, each for a reason that stands in docs/differences-from-wireshark.md. A difference that
 * is not listed fails, and so does a listed one that is gone.
 *
 * usage: check-shapes.ts SHARED [--all | --seed N] COMMAND...
 *
 * With a seed each capture is printed in one shape, which one changes with the seed; --all prints it in each (minutes).
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Layer, layersOf, type Shape } from '../test/peers/tshark-layers.ts';

const SHAPES: readonly (readonly [shape: Shape, flags: readonly string[]])[] = [
  ['text', ['-V']],
  ['json', ['-T', 'json']],
  ['jsonraw', ['-T', 'jsonraw']],
  ['ek', ['-T', 'ek']],
  ['pdml', ['-T', 'pdml']],
];

/** capture, layers that differ in any shape (frame and layer), why */
const DIFFERENCES: readonly (readonly [capture: string, layers: string, reason: string])[] = [
  [
    'own/oncrpc-misc.pcap',
    '77 ip 2, 77 ip 3, 77 ip 4, 77 udp, 77 udp 2, 79 ip 2, 79 ip 3, 79 ip 4, 79 udp, 79 udp 2, 81 ip 2, 81 ip 3, 81 ip 4, 81 udp, 81 udp 2, 156 rpc, 157 rpc, 177 rpc, 178 rpc',
    'an ICMP error that quotes a datagram; procedures of YP version 1 have no names',
  ],
  ['own/rpc-TLSv1.2-dsb.pcapng', '4 rpc', 'AUTH_TLS has a name'],
  ['own/rpc-TLSv1.2.pcap', '4 rpc', 'AUTH_TLS has a name'],
  ['own/rpc-TLSv1.3-dsb.pcapng', '4 rpc', 'AUTH_TLS has a name'],
  ['own/rpc-TLSv1.3.pcap', '4 rpc', 'AUTH_TLS has a name'],
  [
    'synth/auth-all.pcap',
    '10 rpc, 44 rpc, 45 rpc',
    'the contents of a long machine name are not cut; the token of AUTH_GSSAPI',
  ],
  ['synth/malformed.pcap', '5 rpc, 5 rpc 2', 'a list of groups that claims more than there is'],
];

const FOLDERS = ['own', 'public', 'synth'];
const run = promisify(execFile);

function usage(): never {
  process.stderr.write('usage: check-shapes.ts SHARED [--all | --seed N] COMMAND...\n');
  process.exit(2);
}

interface Job {
  readonly capture: string;
  readonly shape: Shape;
  readonly flags: readonly string[];
}

async function print(program: string, args: readonly string[]): Promise<string> {
  const options = { maxBuffer: 1 << 28, env: { ...process.env, TZ: 'UTC' } };
  try {
    return (await run(program, [...args], options)).stdout;
  } catch (e) {
    // a capture that is cut short ends in an error, behind what could be read
    const { stdout, code } = e as { stdout?: string; code?: unknown };
    if (typeof code !== 'number' || stdout === undefined) throw e;
    return stdout;
  }
}

/** Both printed, and the layers that differ: name and first lines. */
async function compare({ capture, shape, flags }: Job): Promise<Map<string, string>> {
  const args = ['-n', '-r', join(shared!, 'captures', capture), ...flags];
  const [program, ...first] = command as [string, ...string[]];
  const [theirs, ours] = await Promise.all([
    print('tshark', args),
    print(program, [...first, 'inspect', ...args, '--tshark-compat']),
  ]);
  return differences(layersOf(theirs, shape), layersOf(ours, shape));
}

function differences(theirs: readonly Layer[], ours: readonly Layer[]): Map<string, string> {
  const out = new Map<string, string>();
  const mine = numbered(ours);
  for (const [name, text] of numbered(theirs)) {
    const other = mine.get(name);
    mine.delete(name);
    if (other === text) continue;
    const [want, have] = [text.split('\n'), other?.split('\n') ?? ['(no such layer)']];
    const at = want.findIndex((line, i) => line !== have[i]);
    out.set(name, `tshark  ${want[at] ?? '(end)'}\n    oncilla ${have[at] ?? '(end)'}`);
  }
  for (const name of mine.keys()) out.set(name, 'tshark  (no such layer)');
  return out;
}

/** By name; a second layer of a kind in a frame is `3 rpc 2`. */
function numbered(layers: readonly Layer[]): Map<string, string> {
  const out = new Map<string, string>();
  for (const { name, text } of layers) {
    let key = name;
    for (let n = 2; out.has(key); n++) key = `${name} ${n}`;
    out.set(key, text);
  }
  return out;
}

const [shared, ...rest] = process.argv.slice(2);
const all = rest[0] === '--all';
const seeded = rest[0] === '--seed';
const seed = seeded ? Number(rest[1]) : 0;
const command = rest.slice(all ? 1 : seeded ? 2 : 0);
if (shared === undefined || command.length === 0 || !Number.isInteger(seed)) usage();

const captures = FOLDERS.flatMap((folder) =>
  readdirSync(join(shared, 'captures', folder))
    .filter((name) => /\.pcap(ng)?(\.gz)?$/.test(name))
    .sort()
    .map((name) => `${folder}/${name}`),
);
const jobs = captures.flatMap((capture, i) =>
  SHAPES.filter((_, k) => all || (i + seed) % SHAPES.length === k).map(
    ([shape, flags]): Job => ({ capture, shape, flags }),
  ),
);
const listed = new Map(DIFFERENCES.map(([capture, layers]) => [capture, new Set(layers.split(', '))]));
const found = new Map<string, Set<string>>();
let wrong = 0;
let next = 0;

async function work(): Promise<void> {
  for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) {
    const { capture, shape } = job;
    const known = listed.get(capture);
    const seen = found.get(capture) ?? new Set();
    found.set(capture, seen);
    const layers = [...(await compare(job))];
    for (const [name] of layers) seen.add(name);
    const unknown = layers.filter(([name]) => known?.has(name) !== true);
    if (unknown.length === 0) continue;
    wrong++;
    process.stdout.write(`${capture} as ${shape}: ${unknown.map(([name]) => name).join(', ')}\n`);
    const [name, lines] = unknown[0]!;
    process.stdout.write(`    ${name}:\n    ${lines}\n`);
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, work));
let gone = 0;
for (const [capture, layers] of listed) {
  const seen = found.get(capture);
  // what one shape does not show another may
  const missing = [...layers].filter((name) => all && seen?.has(name) !== true);
  if (missing.length === 0) continue;
  gone++;
  process.stdout.write(`${capture}: listed, but the same now: ${missing.join(', ')}\n`);
}
const page = readFileSync(new URL('../docs/differences-from-wireshark.md', import.meta.url), 'utf8');
const untold = DIFFERENCES.filter(([capture]) => !page.includes(capture.replace(/^.*\/|\.pcap.*$/g, '')));
for (const [capture, , reason] of untold) {
  process.stdout.write(`${capture}: docs/differences-from-wireshark.md does not tell of it (${reason})\n`);
}
const which = all ? 'every shape' : `seed ${seed}`;
process.stdout.write(`${jobs.length - wrong} of ${jobs.length} as tshark's or as listed (${which})\n`);
process.exit(wrong + gone + untold.length === 0 ? 0 : 1);
