import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = join(root, 'dist', 'cli');
const LINES = [
  ['inspect', '-n', '-r', join(root, 'captures', 'nfs3-libnfs.pcap'), '-T', 'fields', '-e', 'rpc.xid'],
  ['inspect', '-n', '-r', join(root, 'captures', 'nfs4-libnfs.pcap'), '--calls', '-T', 'ndjson'],
  ['inspect', '-r', join(root, 'captures', 'nothing.pcap')],
  ['call', '--help'],
  // what is imported, from Node and from a package
  ['inspect', '-r', 'GZIPPED'],
  ['inspect', '-r', '-', '-q', '-z', 'rpc,programs'],
];

describe('scripts/command-scripts', () => {
  const missing = existsSync(join(built, 'scripts')) ? '' : ' (needs a build: npm run build)';
  const capture = readFileSync(join(root, 'captures', 'nfs3-libnfs.pcap'));
  let folder = '';
  let gzipped = '';

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-scripts-'));
    gzipped = join(folder, 'capture.pcap.gz');
    writeFileSync(gzipped, gzipSync(capture));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The built command, with `change` made to what V8 kept of each script; what it prints. */
  function outputs(name: string, change: (kept: string) => void): unknown[] {
    const copy = join(folder, name);
    cpSync(built, copy, { recursive: true });
    cpSync(join(root, 'package.json'), join(folder, 'package.json'));
    const scripts = join(copy, 'scripts');
    for (const file of readdirSync(scripts)) if (!file.endsWith('.cjs')) change(join(scripts, file));
    return LINES.map((line) => output([join(copy, 'main.js'), ...line]));
  }

  /** What a command prints that finds a capture on standard input. */
  function output(words: readonly string[]): unknown {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      words.map((word) => (word === 'GZIPPED' ? gzipped : word)),
      { encoding: 'utf8', cwd: root, input: capture, maxBuffer: 1 << 24 },
    );
    return { status, stdout, stderr };
  }

  it(`does the same with what V8 kept, without it, and with another V8's${missing}`, function () {
    if (missing !== '') this.skip();
    const expected = LINES.map((line) => output(['--import', 'tsx', join(root, 'cli', 'main.ts'), ...line]));
    expect(outputs('kept', () => undefined)).to.deep.equal(expected);
    expect(outputs('gone', (kept) => rmSync(kept))).to.deep.equal(expected);
    expect(outputs('cut', (kept) => truncateSync(kept, 100))).to.deep.equal(expected);
    const foreign = (kept: string) => {
      const bytes = readFileSync(kept);
      // behind the magic number stands the hash of V8's version
      bytes.writeUInt32LE(~bytes.readUInt32LE(4) >>> 0, 4);
      writeFileSync(kept, bytes);
    };
    expect(outputs('foreign', foreign)).to.deep.equal(expected);
  }).timeout(60_000);

  it(`takes what V8 kept${missing}`, function () {
    if (missing !== '') this.skip();
    const probe = join(folder, 'probe.mjs');
    writeFileSync(
      probe,
      `const vm = process.getBuiltinModule('node:vm');
       vm.Script = class extends vm.Script {
         constructor(code, options) {
           super(code, options);
           process.stderr.write(this.cachedDataRejected === false ? 'kept ' : 'compiled ');
         }
       };`,
    );
    for (const line of LINES.slice(0, 2)) {
      const command = ['--import', probe, join(built, 'main.js'), ...line];
      const { stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
      expect(stderr, line.join(' ')).to.match(/^(kept )+$/);
    }
  }).timeout(20_000);
});
