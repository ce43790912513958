import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { connectVirt } from '../../../client/virt.ts';
import { running } from './running.ts';

describe('cli/serve/backend', () => {
  it('opens the drivers that were named, and no other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'oncilla-driver-'));
    const file = join(folder, 'node.xml');
    writeFileSync(
      file,
      '<node><domain type="test"><name>own</name><memory>1</memory><os><type>hvm</type></os></domain></node>',
    );
    const { daemon, uri } = await running(['--driver', `test://${file}`]);
    const client = await connectVirt(uri.replace('/default', file));
    expect((await client.domains()).map(({ name }) => name)).to.deep.equal(['own']);
    await client.close();
    expect(
      await connectVirt(uri).then(
        () => 'opened',
        (e: Error) => e.message,
      ),
    ).to.contain('no connection driver');
    await daemon.stop();
    rmSync(folder, { recursive: true });
  });

  it('takes a driver from a regular file only, and none that is too large', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'oncilla-driver-'));
    const [fifo, large] = [join(folder, 'fifo'), join(folder, 'large.xml')];
    execFileSync('mkfifo', [fifo]); // nobody writes: opening it would wait for ever
    writeFileSync(large, '');
    truncateSync(large, 16 * 1024 * 1024 + 1);
    const why = (file: string): Promise<string> =>
      running(['--driver', `test://${file}`]).then(
        () => 'running',
        (e: Error) => e.message,
      );
    for (const file of ['/dev/zero', fifo, folder]) {
      expect(await why(file)).to.equal(`${file}: is no regular file`);
    }
    expect(await why(large)).to.equal(`${large}: is larger than 16777216 bytes`);
    expect(await why('/proc/self/status'), 'has no size').to.match(/XML error/);
    rmSync(folder, { recursive: true });
  });

  for (const driver of ['qemu:///system', 'test://host/default', 'test:///nowhere/at/all.xml', 'x']) {
    it(`refuses the driver ${driver}`, async () => {
      // a private socket, so that nothing listens where others could be disturbed
      const refused = await running(['--driver', driver]).catch((e: { status: number }) => e.status);
      expect(refused).to.equal(2);
    });
  }
});
