/** A short form of what `npm run soak` does for longer. A failure names its seed. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { readCaptures } from './capture-storm.ts';
import { mutate, mutatePackets, random } from './mutations.ts';

describe('captures with faults', () => {
  // The soak itself, in a process of its own: what is resident there is what the captures cost, and not other tests.
  it('are shown as far as they go, every way there is, in bounded memory', function () {
    this.timeout(60_000);
    const soak = ['--import', 'tsx', 'bench/soak/main.ts', 'captures', '--seed', '1', '--seconds', '10'];
    const run = spawnSync(process.execPath, soak, {
      cwd: join(import.meta.dirname, '../..'),
      encoding: 'utf8',
    });
    expect(run.status, run.stderr).to.equal(0);
    expect(run.stdout).to.match(/inspect: captures with faults +\| [1-9]/);
  });

  it('mutates alike for the same seed', () => {
    const bytes = readCaptures()[2]!;
    expect(mutatePackets(bytes, random(7))).to.deep.equal(mutatePackets(bytes, random(7)));
    expect(mutate(bytes, random(7)).equals(mutate(bytes, random(8)))).to.equal(false);
  });
});
