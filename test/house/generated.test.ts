import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { root } from './sources.ts';

describe('house: generated files', () => {
  it('are what scripts/generate.ts writes today', () => {
    const run = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/generate.ts', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(run.status, run.stdout + run.stderr).to.equal(0);
  });
});
