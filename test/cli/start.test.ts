import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { run } from './fake-io.ts';

describe('cli/start', () => {
  it('tells the whole story and leaves a recording', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'oncilla-start-'));
    const file = join(folder, 's.pcapng');
    const { status, out, err } = await run(['start', '--out', file]);
    expect([status, err]).to.deep.equal([0, '']);
    expect(out).to.contain('domain web: started, booted');
    expect(out).to.match(/VIRT V1 DOMAIN_DEFINE \S+ SUCCESS/);
    expect(out).to.match(/VIRT_EVENTS V1 DOMAIN \S+ SUCCESS/);
    const again = await run(['inspect', '--calls', file]);
    expect(again.out).to.contain('VERSION_EXCHANGE');
    rmSync(folder, { recursive: true });
  });
});
