import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemDisk } from '../../../server/store/disk.ts';
import { systemCode } from '../../../server/store/error.ts';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'fine',
    (e: unknown) => systemCode(e),
  );
}

describe('server/store/disk', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-disk-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('writes, renames, lists, reads and removes, for the owner only', async () => {
    const directory = join(folder, 'a/b');
    await systemDisk.makeDirectory(directory);
    await systemDisk.makeDirectory(directory);
    expect(statSync(directory).mode & 0o777).to.equal(0o700);
    await systemDisk.write(join(directory, 'x'), Buffer.from('text'));
    expect(statSync(join(directory, 'x')).mode & 0o777).to.equal(0o600);
    await systemDisk.rename(join(directory, 'x'), join(directory, 'y'));
    await systemDisk.syncDirectory(directory);
    expect(await systemDisk.list(directory)).to.deep.equal(['y']);
    expect(Buffer.from((await systemDisk.read(join(directory, 'y'), 4)) ?? []).toString()).to.equal('text');
    expect(await systemDisk.read(join(directory, 'y'), 3)).to.equal(null);
    await systemDisk.remove(join(directory, 'y'));
    expect(await systemDisk.list(directory)).to.deep.equal([]);
  });

  it('never writes over a file, nor reads through a link or from what is no file', async () => {
    const file = join(folder, 'x');
    await systemDisk.write(file, Buffer.from('kept'));
    expect(await codeOf(systemDisk.write(file, Buffer.from('lost')))).to.equal('EEXIST');
    expect(readFileSync(file, 'utf8')).to.equal('kept');
    symlinkSync(file, join(folder, 'link'));
    expect(await codeOf(systemDisk.read(join(folder, 'link'), 100))).to.equal('ELOOP');
    expect(await codeOf(systemDisk.read(folder, 100))).to.contain('no regular file');
    expect(await codeOf(systemDisk.read(join(folder, 'none'), 100))).to.equal('ENOENT');
  });
});
