import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
    execFileSync('cp', ['-a', directory, join(folder, 'copy')]); // with the socket, which Node's cp refuses
    await (await lockDirectory(join(folder, 'copy'))).release();
    await lock.release();
  });

  const lockFile = new URL('../../../server/store/lock.ts', import.meta.url).pathname;

  it('goes with a process that is killed', async () => {
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

  it('is had on a disk that takes no byte more, where it was had before; else nothing is left there', () => {
    const source = `import(${JSON.stringify(lockFile)}).then(({ lockDirectory }) =>
      lockDirectory(process.argv[1])).then(() => console.log('locked'), (e) => console.log(e.message));`;
    // To a process that may write no byte to a file, every disk is full (EFBIG instead of ENOSPC).
    const onFullDisk = (): string =>
      execFileSync(
        'sh',
        ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, '--import', 'tsx', '-e', source, folder],
        { encoding: 'utf8', env: { ...process.env, TSX_DISABLE_CACHE: '1' } },
      );
    expect(onFullDisk()).to.equal(`${folder} cannot be locked: EFBIG\n`);
    expect(readdirSync(folder)).to.deep.equal([]);
    writeFileSync(join(folder, 'lock'), '0123456789abcdef'.repeat(2));
    expect(onFullDisk()).to.equal('locked\n');
    expect(readdirSync(folder).sort()).to.deep.equal(['held', 'lock']);
  });

  it('clears away what those left who were killed on their way to it, and nothing else', async () => {
    for (const name of ['.lock-0123456789abcdef', '.lock-file', 'other'])
      writeFileSync(join(folder, name), '');
    const lock = await lockDirectory(folder);
    expect(readdirSync(folder).sort()).to.deep.equal(['.lock-file', 'held', 'lock', 'other']);
    await lock.release();
  });

  it('says what is wrong with a directory that cannot be locked', async () => {
    writeFileSync(join(folder, 'lock'), 'no token');
    expect(await codeOf(lockDirectory(folder))).to.equal('IO');
    writeFileSync(join(folder, 'file'), '');
    expect(await codeOf(lockDirectory(join(folder, 'file')))).to.equal('IO');
  });
});
