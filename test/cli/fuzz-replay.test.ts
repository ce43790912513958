import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { newFinding } from '../../fuzz/finding.ts';
import { caseNamed, PUT } from '../fuzz/base.ts';
import { PLANT_SOURCE, PlantServer } from '../fuzz/plant.ts';
import { run } from './fake-io.ts';

describe('cli/fuzz-replay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-fuzz-replay-'));
  const idl = join(folder, 'plant.x');
  const file = join(folder, 'finding.json');
  before(() => {
    writeFileSync(idl, PLANT_SOURCE);
    const one = caseNamed(PUT, '/enum.gap(3)@shade');
    const fault = { oracle: 'accepted', shape: 'BAD_ENUM accepted', detail: '' } as const;
    const init = { fault, seed: 5, profile: 'strict', stream: false, confirmed: true } as const;
    writeFileSync(file, JSON.stringify(newFinding(one, { ...init, messages: [one.bytes], reply: null })));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('ends with 1 while it is one, and with 0 once it is fixed', async () => {
    for (const [bug, status, text] of [
      ['unchecked enum', 1, /BAD_ENUM.*SUCCESS/],
      [null, 0, /: no more\n$/],
    ] as const) {
      const server = await PlantServer.start(bug);
      const ran = await run(['fuzz', 'replay', file, '--to', server.udpUrl, '--idl', idl]);
      await server.stop();
      expect(ran.status, ran.err).to.equal(status);
      expect(ran.out).to.match(text);
    }
  });

  it('refuses with 2 what is no finding, and a target of the other kind', async () => {
    const to = ['--to', 'tcp://127.0.0.1:1', '--idl', idl];
    expect((await run(['fuzz', 'replay', file, ...to])).err).to.match(/needs udp:\/\//);
    expect((await run(['fuzz', 'replay', idl, ...to])).err).to.match(/not JSON/);
    expect((await run(['fuzz', 'replay', file])).status).to.equal(2);
  });
});
