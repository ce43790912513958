import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openStateDirectory } from '../../../server/store/state-directory.ts';

const KEY = '6f6e6369-6c6c-4a61-8000-000000000001';

describe('server/store/state-directory', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-state-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('has a store for each driver, and no text of its URI in a path', async () => {
    const state = await openStateDirectory(folder);
    for (const uri of ['test:///default', 'test:///../../etc/x.xml']) {
      const store = state.store(uri, ['domain']);
      await store.load();
      await store.put('domain', KEY, { uri }, null);
    }
    await state.close();
    expect(
      readdirSync(folder)
        .sort()
        .map((name) => name.replace(/[0-9a-f]{16}$/, 'N')),
    ).to.deep.equal(['driver-N', 'driver-N', 'lock']);
    const again = await openStateDirectory(folder);
    const { objects } = await again.store('test:///default', ['domain']).load();
    expect(objects).to.deep.equal([{ kind: 'domain', key: KEY, data: { uri: 'test:///default' } }]);
    await again.close();
  });

  it('is open once', async () => {
    const state = await openStateDirectory(folder);
    const second = await openStateDirectory(folder).then(
      () => 'open',
      (e: { code: string }) => e.code,
    );
    expect(second).to.equal('LOCKED');
    await state.close();
  });
});
