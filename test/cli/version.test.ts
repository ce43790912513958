import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { packageVersion } from '../../cli/version.ts';

describe('cli/version', () => {
  it('finds the package above, passing over others', () => {
    const folder = mkdtempSync(join(tmpdir(), 'oncilla-version-'));
    try {
      mkdirSync(join(folder, 'dist', 'chunks'), { recursive: true });
      writeFileSync(join(folder, 'package.json'), '{"name":"oncilla","version":"7.8.9"}');
      writeFileSync(join(folder, 'dist', 'package.json'), '{"name":"other","version":"1.1.1"}');
      expect(packageVersion(join(folder, 'dist', 'chunks'))).to.equal('7.8.9');
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(packageVersion('/')).to.equal('unknown');
  });
});
