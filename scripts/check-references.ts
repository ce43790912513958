/**
 * Holds `inspect` in its default mode to what tshark 4.0.17 says of the shared captures, frame by frame: the RPC
 * header fields are tshark's, except in the frames listed here, each for a reason that stands in
 * docs/differences-from-wireshark.md. A difference that is not listed fails, and so does a listed one that is gone.
 *
 * usage: check-references.ts SHARED COMMAND...      e.g. check-references.ts ../shared node dist/cli/main.js
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FIELDS = [
  'frame.number',
  'rpc.msgtyp',
  'rpc.xid',
  'rpc.program',
  'rpc.programversion',
  'rpc.procedure',
  'rpc.replystat',
  'rpc.state_accept',
  'rpc.auth.flavor',
];

/** capture, frames that differ, why */
const DIFFERENCES: readonly (readonly [capture: string, frames: string, reason: string])[] = [
  [
    'own/oncrpc-misc.pcap',
    '3-4 45-50 125 127 129-132',
    'a program without a dissector in tshark; a port that tshark gives to another protocol',
  ],
  ['own/rpc-TLSv1.2-dsb.pcapng', '12-13 15-16', 'RPC in TLS after an AUTH_TLS probe, with the keys'],
  ['own/rpc-TLSv1.3-dsb.pcapng', '11-12 14-15', 'RPC in TLS after an AUTH_TLS probe, with the keys'],
  ['synth/fixture-fragfirst.pcap', '4-5', 'a program without a dissector in tshark'],
  ['synth/fixture-tcp.pcap', '4-9 11-17', 'a program without a dissector in tshark'],
  ['synth/fixture-udp.pcap', '1-8', 'a program without a dissector in tshark'],
  ['synth/malformed.pcap', '3 13', 'the flavor of a credential or verifier that is cut'],
  ['synth/match-callback-bidir.pcap', '7', 'a callback with an xid the client also uses'],
  ['synth/match-reply-no-call.pcap', '1 5 8', 'a reply to a call before the capture began'],
  ['synth/match-xid-reuse-tcp.pcap', '7', 'an xid used again for another procedure'],
  ['synth/rm-bytewise.pcap', '83 115', 'a stream that arrives byte by byte'],
  ['synth/rm-marksplit-11.pcap', '5-6 8 10', 'a record mark split over two segments'],
  ['synth/rm-marksplit-2.pcap', '5-6 8 10', 'a record mark split over two segments'],
  ['synth/rm-marksplit-4.pcap', '5-6 8 10', 'a record mark split over two segments'],
  ['synth/rm-multifrag.pcap', '6-11', 'a first payload that is not a last fragment'],
  ['synth/rm-zerofrag.pcap', '4-9', 'empty fragments'],
  ['synth/snap-200.pcap', '13 15', 'a message in segments cut by the snap length'],
  ['synth/snap-60.pcap', '20 22', 'a reply to a call cut by the snap length'],
  [
    'synth/snap-96.pcap',
    '4 6 8 10 12-13 15 19 21',
    'the flavor of a credential or verifier that is cut; a message in segments cut by the snap length',
  ],
  ['synth/stat-all.pcap', '46-47', 'a call of RPC version 3'],
  ['synth/tcp-lost-middle.pcap', '15', 'a message of which a segment was lost'],
  ['synth/tcp-midstream-aligned.pcap', '1', 'a reply to a call before the capture began'],
  ['synth/tcp-ooo-first-late.pcap', '15', 'segments in another order'],
];

/** The captures' folders, as references are named after them. */
const FOLDERS = ['own', 'public', 'synth'];

function fail(message: string): never {
  process.stderr.write(`check-references: ${message}\n`);
  process.exit(2);
}

/** The fields of each frame, joined; null where there is neither a reference nor tshark. */
function expected(shared: string, folder: string, name: string): string[] | null {
  for (const kind of ['frames.1pass', 'fields']) {
    const path = join(shared, 'captures', 'ref', `${folder}__${name}.${kind}.tsv`);
    if (!existsSync(path)) continue;
    const [head = [], ...rows] = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    const columns = FIELDS.map((field) => head.indexOf(field));
    return rows.map((row) => columns.map((column) => row[column] ?? '').join('\t'));
  }
  return lines(['tshark'], shared, folder, name);
}

function lines(command: readonly string[], shared: string, folder: string, name: string): string[] | null {
  const [program = '', ...first] = command;
  const file = join(shared, 'captures', folder, name);
  const options = ['-n', '-r', file, '-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])];
  const run = spawnSync(program, [...first, ...options], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.error !== undefined) return null;
  return run.stdout.replace(/\n$/, '').split('\n');
}

/** `3-5 9` */
function frameList(frames: readonly number[]): string {
  const out: string[] = [];
  for (let i = 0; i < frames.length; i++) {
    const first = frames[i];
    while (frames[i + 1] === frames[i]! + 1) i++;
    out.push(first === frames[i] ? `${first}` : `${first}-${frames[i]}`);
  }
  return out.join(' ');
}

const [shared, ...command] = process.argv.slice(2);
if (shared === undefined || command.length === 0) fail('usage: check-references.ts SHARED COMMAND...');
const listed = new Map(DIFFERENCES.map(([capture, frames]) => [capture, frames]));
let total = 0;
let wrong = 0;
let skipped = 0;
for (const folder of FOLDERS) {
  for (const name of readdirSync(join(shared, 'captures', folder)).sort()) {
    if (!/\.pcap(ng)?(\.gz)?$/.test(name)) continue;
    const capture = `${folder}/${name}`;
    const want = expected(shared, folder, name);
    if (want === null) {
      process.stdout.write(`${capture}: no reference, and tshark is not installed\n`);
      skipped++;
      continue;
    }
    const got = lines([...command, 'inspect'], shared, folder, name) ?? fail(`${command[0]} does not run`);
    const count = Math.max(want.length, got.length);
    const frames = Array.from({ length: count }, (_, i) => i + 1).filter((n) => want[n - 1] !== got[n - 1]);
    const found = frameList(frames);
    const known = listed.get(capture) ?? '';
    listed.delete(capture);
    total++;
    if (found === known) continue;
    wrong++;
    process.stdout.write(`${capture}: frames that differ: ${found || 'none'}; listed: ${known || 'none'}\n`);
    const first = frames.find((n) => !frameNumbers(known).has(n));
    if (first === undefined) continue;
    process.stdout.write(`    tshark  ${want[first - 1]?.replaceAll('\t', '|') ?? '(no line)'}\n`);
    process.stdout.write(`    oncilla ${got[first - 1]?.replaceAll('\t', '|') ?? '(no line)'}\n`);
  }
}
for (const capture of listed.keys()) {
  process.stdout.write(`${capture}: listed, but there is no such capture\n`);
}
const page = readFileSync(new URL('../docs/differences-from-wireshark.md', import.meta.url), 'utf8');
const untold = DIFFERENCES.filter(([capture]) => !page.includes(capture.replace(/^.*\/|\.pcap.*$/g, '')));
for (const [capture, , reason] of untold) {
  process.stdout.write(`${capture}: docs/differences-from-wireshark.md does not tell of it (${reason})\n`);
}
process.stdout.write(`${total - wrong} of ${total} captures as their references or as listed\n`);
if (skipped > 0) process.stdout.write(`${skipped} captures without a reference skipped\n`);
process.exit(wrong + listed.size + untold.length === 0 ? 0 : 1);

function frameNumbers(list: string): Set<number> {
  const out = new Set<number>();
  for (const part of list.split(' ').filter((p) => p !== '')) {
    const [from, to = from] = part.split('-').map(Number) as [number, number?];
    for (let n = from; n <= to; n++) out.add(n);
  }
  return out;
}
