import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { isStoreError } from '../../../server/store/error.ts';
import { lockDirectory } from '../../../server/store/lock.ts';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'fine';
  } catch (e) {
    if (!isStoreError(e)) throw e;
    return e.code;
  }
}

describe('server/store/lock', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-lock-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('is held by one at a time', async () => {
    const directory = join(folder, 'state');
    const lock = await lockDirectory(directory);
    expect(statSync(directory).mode & 0o777).to.equal(0o700);
    expect(await codeOf(lockDirectory(directory))).to.equal('LOCKED');
    expect(await codeOf(lockDirectory(join(folder, 'x/../state')))).to.equal('LOCKED');
    await lock.release();
    await (await lockDirectory(directory)).release();
    expect(readdirSync(directory)).to.deep.equal(['lock']);
  });

  it('goes to one of many who ask at once', async () => {
    const given = await Promise.allSettled(Array.from({ length: 20 }, () => lockDirectory(folder)));
    const locks = given.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(locks).to.have.length(1);
    await locks[0]?.release();
  });

  it('does not take a copy of the directory for the directory', async () => {
    const directory = join(folder, 'state');
    const lock = await lockDirectory(directory);
    cpSync(directory, join(folder, 'copy'), { recursive: true });
    await (await lockDirectory(join(folder, 'copy'))).release();
    await lock.release();
  });

  it('goes with a process that is killed', async () => {
    const lockFile = new URL('../../../server/store/lock.ts', import.meta.url).pathname;
    const source = `import(${JSON.stringify(lockFile)}).then(async ({ lockDirectory }) => {
      await lockDirectory(process.argv[1]); console.log('locked'); setInterval(() => {}, 1000); });`;
    const child = spawn(process.execPath, ['--import', 'tsx', '-e', source, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect(await codeOf(lockDirectory(folder))).to.equal('LOCKED');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await lockDirectory(folder)).release();
  });

  it('says what is wrong with a directory that cannot be locked', async () => {
    writeFileSync(join(folder, 'lock'), 'no token');
    expect(await codeOf(lockDirectory(folder))).to.equal('IO');
    writeFileSync(join(folder, 'file'), '');
    expect(await codeOf(lockDirectory(join(folder, 'file')))).to.equal('IO');
  });
});
