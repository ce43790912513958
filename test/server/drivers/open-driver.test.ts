import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDriver } from '../../../server/drivers/open-driver.ts';
import { openStateDirectory } from '../../../server/store/state-directory.ts';
import { domainText } from '../../server/documents.ts';

async function refusal(uri: string): Promise<string> {
  return openDriver(uri).then(
    () => 'opened',
    (e: Error) => `${e.name}: ${e.message}`,
  );
}

describe('server/drivers/open-driver', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-drivers-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("opens the default, and an operator's file", async () => {
    const driver = await openDriver('test:///default');
    expect(driver.uri).to.equal('test:///default');
    expect((await driver.domains()).map(({ ref }) => ref.name)).to.deep.equal(['test']);
    const file = join(folder, 'node.xml');
    writeFileSync(file, `<node>${domainText('one')}${domainText('two')}</node>`);
    const own = await openDriver(`test://${file}`);
    expect(own.uri).to.equal(`test://${file}`);
    expect((await own.domains()).map(({ ref }) => ref.name)).to.deep.equal(['one', 'two']);
  });

  it('refuses everything else', async () => {
    for (const uri of [
      '',
      'test',
      'test:///',
      'test://host/default',
      'test+tcp:///default',
      'qemu:///system',
      'test:///default?x=1',
      'test:///default#x',
    ])
      expect(await refusal(uri), uri).to.match(/^TypeError: /);
    expect(await refusal(`test://${folder}/none.xml`)).to.match(/^DriverError: .*cannot be read/);
    writeFileSync(join(folder, 'bad.xml'), '<!DOCTYPE node><node/>');
    expect(await refusal(`test://${folder}/bad.xml`)).to.match(/^DriverError: XML error: .*DOCTYPE/);
  });

  it('keeps what is defined in the state directory', async () => {
    for (const expected of [['test'], ['extra', 'test']]) {
      const state = await openStateDirectory(join(folder, 'state'));
      const driver = await openDriver('test:///default', { state });
      expect((await driver.domains()).map(({ ref }) => ref.name).sort()).to.deep.equal(expected);
      if (expected.length === 1) await driver.defineDomain(domainText('extra'));
      await driver.close();
      await state.close();
    }
  });
});
