import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { newFinding, parseFinding } from '../../fuzz/finding.ts';
import { caseNamed, PUT } from '../fuzz/base.ts';
import { PLANT_SOURCE, PlantServer } from '../fuzz/plant.ts';
import { run } from './fake-io.ts';

describe('cli/fuzz-minimize', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-fuzz-minimize-'));
  const idl = join(folder, 'plant.x');
  const file = join(folder, 'finding.json');
  const bad = caseNamed(PUT, '/enum.gap(3)@shade');
  let server: PlantServer;

  before(async () => {
    writeFileSync(idl, PLANT_SOURCE);
    server = await PlantServer.start('unchecked enum');
    const fault = { oracle: 'accepted', shape: 'BAD_ENUM accepted', detail: '' } as const;
    const init = { fault, seed: 5, profile: 'strict', stream: false, confirmed: true, target: server.udpUrl };
    // Two valid calls before it that have nothing to do with it.
    const valid = caseNamed(PUT, '/valid').bytes;
    const messages = [valid, valid, bad.bytes];
    writeFileSync(file, JSON.stringify(newFinding(bad, { ...init, messages, reply: null } as never)));
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('writes a smaller one beside it, found at the target that it names', async () => {
    const ran = await run(['fuzz', 'minimize', file, '--idl', idl]);
    expect(ran.status, ran.err).to.equal(1);
    expect(ran.out).to.match(/3 messages of \d+ bytes, now 1 of \d+; \d+ tries\n {2}oncilla fuzz replay /);
    const smaller = await parseFinding(readFileSync(join(folder, 'finding.min.json'), 'utf8'));
    expect(smaller.messages).to.have.length(1);
    expect(smaller.messages[0]?.length).to.be.lessThan(bad.bytes.length * 2);
    expect(readFileSync(join(folder, 'finding.min.pcapng')).length).to.be.greaterThan(100);
    const again = ['fuzz', 'replay', join(folder, 'finding.min.json'), '--to', server.udpUrl, '--idl', idl];
    expect((await run(again)).status).to.equal(1);
  });

  it('ends with 0 where it is none any more', async () => {
    const good = await PlantServer.start();
    const ran = await run(['fuzz', 'minimize', file, '--idl', idl, '--to', good.udpUrl]);
    await good.stop();
    expect(ran).to.include({ status: 0 });
    expect(ran.out).to.match(/: no more\n$/);
  });

  it('asks no more often than it may', async () => {
    const out = join(folder, 'bounded');
    const ran = await run(['fuzz', 'minimize', file, '--idl', idl, '--max-cases', '2', '--out', out]);
    expect(ran.out, ran.err).to.contain('; 2 tries');
  });

  it('goes nowhere that a file says and nobody else', async () => {
    const named = async (target: string | null) => {
      const other = join(folder, 'other.json');
      writeFileSync(other, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), target }));
      return run(['fuzz', 'minimize', other, '--idl', idl]);
    };
    for (const [target, why] of [
      [null, 'names no target'],
      ['udp://192.0.2.1:9', 'not this machine'],
      ['ssh://host/run/socket', 'has to be given'],
      ['nonsense', ''],
    ] as const) {
      const ran = await named(target);
      expect(ran.status, String(target)).to.equal(2);
      expect(ran.err).to.contain(why);
    }
  });
});
