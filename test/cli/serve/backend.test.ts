import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

  for (const driver of ['qemu:///system', 'test://host/default', 'test:///nowhere/at/all.xml', 'x']) {
    it(`refuses the driver ${driver}`, async () => {
      // a private socket, so that nothing listens where others could be disturbed
      const refused = await running(['--driver', driver]).catch((e: { status: number }) => e.status);
      expect(refused).to.equal(2);
    });
  }
});
