/**
 * The pictures of docs/watch.md: each view of `oncilla watch`, drawn from the cells of its screen by a script of keys.
 *
 * usage: watch-screens.ts [--check]      --check only says which pictures are not as they would be drawn
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { captureFile, open } from '../test/tui/opened.ts';
import { runScript } from '../tui/run-script.ts';
import { parseScript } from '../tui/screen/script.ts';
import { THEMES } from '../tui/screen/style.ts';
import { gridSvg } from '../tui/screen/svg.ts';

const FOLDER = fileURLToPath(new URL('../docs/watch/', import.meta.url));

interface Picture {
  readonly name: string;
  readonly title: string;
  readonly file: string;
  readonly keys: string;
  readonly size: readonly [number, number];
}

const NFS = 'nfs3-libnfs.pcap';

const PICTURES: readonly Picture[] = [
  {
    name: 'packets',
    title: 'Packets, fields and bytes, linked',
    file: NFS,
    keys: '47G<enter>G<tab>',
    size: [140, 40],
  },
  { name: 'calls', title: 'Calls with latency and verdict', file: NFS, keys: 'c47Gx', size: [140, 36] },
  {
    name: 'filter',
    title: 'A filter being typed, with completion',
    file: NFS,
    keys: '/rpc.msgtyp == 1 && nfs.re',
    size: [120, 24],
  },
  { name: 'follow', title: 'A conversation', file: NFS, keys: '200Go', size: [120, 24] },
  { name: 'latency', title: 'Latency per procedure', file: NFS, keys: 't2', size: [120, 24] },
  { name: 'timeline', title: 'Calls over time', file: NFS, keys: 't5', size: [120, 18] },
  { name: 'help', title: 'The keys, searched', file: NFS, keys: '?copy', size: [120, 24] },
  { name: 'small', title: 'In 80x24', file: 'ledger-udp.pcap', keys: 'j', size: [80, 24] },
];

const check = process.argv.includes('--check');
let stale = 0;
mkdirSync(FOLDER, { recursive: true });
for (const { name, title, file, keys, size } of PICTURES) {
  const opened = await open(captureFile(file), { size });
  let svg = '';
  await runScript({
    app: opened.app,
    steps: parseScript(keys),
    print: (grid) => {
      svg = gridSvg(grid, THEMES.dark, title);
    },
    quit: () => false,
  });
  opened.close();
  const path = `${FOLDER}${name}.svg`;
  if (!check) writeFileSync(path, svg);
  else if (readOr(path) !== svg) {
    stale++;
    process.stderr.write(`watch-screens: docs/watch/${name}.svg is not what it shows now\n`);
  }
}
process.exit(stale > 0 ? 1 : 0);

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
