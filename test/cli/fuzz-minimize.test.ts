import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { encodeRecord } from '../../codec/rpc/index.ts';
import { newFinding, parseFinding } from '../../fuzz/finding.ts';
import { caseNamed, PUT } from '../fuzz/base.ts';
import { PLANT_SOURCE, PlantServer } from '../fuzz/plant.ts';
import { run } from './fake-io.ts';

describe('cli/fuzz-minimize', function () {
  this.timeout(60_000);
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

  it('starts a server again that the finding ends, and says so where nobody does', async () => {
    const socket = join(folder, 'socket');
    const url = `unix://${socket}`;
    const script = join(folder, 'fragile.mjs');
    // Answers every record SUCCESS, and ends at one whose bytes behind the header have an 0xaa.
    writeFileSync(
      script,
      `import { rmSync } from 'node:fs';
       import { createServer } from 'node:net';
       rmSync('${socket}', { force: true });
       createServer((socket) => {
         socket.on('error', () => {});
         socket.on('data', (bytes) => {
           if (bytes.subarray(44).includes(0xaa)) process.exit(1);
           for (let at = 0; at + 8 <= bytes.length; at += 4 + (bytes.readUInt32BE(at) & 0x7fffffff)) {
             const xid = bytes.toString('hex', at + 4, at + 8);
             socket.write(Buffer.from('80000018' + xid + '0000000100000000000000000000000000000000', 'hex'));
           }
         });
       }).listen('${socket}');`,
    );
    const fatal = encodeRecord(Buffer.concat([bad.bytes, Buffer.of(0, 0, 0, 0xaa)]));
    const fault = { oracle: 'crash', shape: 'exit status 1', detail: '' } as const;
    const init = { fault, seed: 5, profile: 'lenient', stream: true, confirmed: true, target: url } as const;
    const crash = join(folder, 'crash.json');
    writeFileSync(crash, JSON.stringify(newFinding(bad, { ...init, messages: [fatal], reply: null })));
    const minimize = ['fuzz', 'minimize', crash, '--idl', idl, '--timeout', '0.3', '--max-cases', '12'];
    const ran = await run([...minimize, '--restart', `${process.execPath} ${script}`]);
    expect(ran.status, ran.out + ran.err).to.equal(1);
    expect(ran.out).to.match(/1 messages of \d+ bytes, now 1 of \d+; 12 tries/);
    const smaller = await parseFinding(readFileSync(join(folder, 'crash.min.json'), 'utf8'));
    expect(smaller.messages[0]?.length).to.be.lessThan(fatal.length * 2);
    expect(smaller.messages[0]).to.contain('aa');
    expect((await run(minimize)).status).to.equal(3);
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
