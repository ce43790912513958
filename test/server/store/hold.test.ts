import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { holdDirectory } from '../../../server/store/hold.ts';
import { noRootNamespace } from '../../peers/namespace.ts';

const root = join(import.meta.dirname, '../../..');

describe('server/store/hold', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'oncilla-hold-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('holds a directory for one at a time, however long its path is', async () => {
    const long = join(directory, 'x'.repeat(120));
    mkdirSync(long);
    const first = await holdDirectory(long);
    expect(first).not.to.equal(null);
    expect(await holdDirectory(long)).to.equal(null);
    expect(readdirSync(long)).to.deep.equal(['held']);
    await first?.release();
    expect(readdirSync(long)).to.deep.equal([]);
    const again = await holdDirectory(long);
    expect(again).not.to.equal(null);
    await again?.release();
  });

  it('goes to one of many who ask at once, of whom nothing stays', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => holdDirectory(directory)));
    const held = all.filter((hold) => hold !== null);
    expect(held).to.have.length(1);
    expect(readdirSync(directory)).to.deep.equal(['held']);
    await held[0]?.release();
  });

  const script = (path: string) => `
    const { lockDirectory } = await import('./server/store/lock.ts');
    await lockDirectory(${JSON.stringify(path)}).then(() => console.log('held'), (e) => console.log(e.code));
    if (process.argv.includes('stay')) setInterval(() => undefined, 1000);`;
  const node = ['--import', 'tsx', '--input-type=module', '-e'];

  it('goes with a process that is killed', async function () {
    this.timeout(20_000);
    const child = spawn(process.execPath, [...node, script(directory), '--', 'stay'], { cwd: root });
    expect(String((await once(child.stdout, 'data'))[0])).to.equal('held\n');
    expect(await holdDirectory(directory)).to.equal(null);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const hold = await holdDirectory(directory);
    expect(hold).not.to.equal(null);
    await hold?.release();
  });

  const lacking = noRootNamespace();
  it(`is seen from another network name space${lacking === null ? '' : ` (skipped: no ${lacking})`}`, async function () {
    this.timeout(20_000);
    if (lacking !== null) this.skip();
    const elsewhere = () =>
      spawnSync('unshare', ['-n', process.execPath, ...node, script(directory)], {
        cwd: root,
        encoding: 'utf8',
      }).stdout;
    const hold = await holdDirectory(directory);
    // a socket answers while this process waits: the kernel takes the connection
    expect(elsewhere()).to.equal('LOCKED\n');
    await hold?.release();
    expect(elsewhere()).to.equal('held\n');
  });
});
