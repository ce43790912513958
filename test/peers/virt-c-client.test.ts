import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { connectVirt } from '../../client/virt.ts';
import { Daemon, eventually, ROOT } from './daemon.ts';
import { missingPrograms, noRootNamespace } from './namespace.ts';
import { missingTool } from './reencode.ts';

function has(program: string): boolean {
  return spawnSync('which', [program]).status === 0;
}

function must(command: string, args: readonly string[], cwd: string): string {
  const run = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 30_000 });
  if (run.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${run.stderr}${run.error ?? ''}`);
  return run.stdout;
}

function buildClient(folder: string): string {
  copyFileSync(join(ROOT, 'codec/programs/virt.x'), join(folder, 'virt.x'));
  for (const [option, file] of [
    ['-h', 'virt.h'],
    ['-c', 'virt_xdr.c'],
    ['-l', 'virt_clnt.c'],
  ] as const) {
    writeFileSync(join(folder, file), must('rpcgen', [option, 'virt.x'], folder));
  }
  const main = join(ROOT, 'test/peers/virt-client.c');
  const flags = ['-w', '-I', '/usr/include/tirpc', '-I', '.'];
  must('gcc', [...flags, main, 'virt_xdr.c', 'virt_clnt.c', '-o', 'virt-client', '-ltirpc'], folder);
  return join(folder, 'virt-client');
}

const STEPS = (name: string) => [
  'null: ok',
  'version: 2',
  'running: 1',
  `defined: ${name}, id -1`,
  'started: with an id',
  'state: 1, memory: 1024',
  'error: 42',
  'not agreed: procedure unavailable',
  'gone: ok',
];

describe('peers: the daemon and what others have', function () {
  this.timeout(60_000);
  const tool = missingTool();
  let folder: string;
  let daemon: Daemon;
  let client: string | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-virt-'));
    if (tool === undefined) client = buildClient(folder);
    const listen = ['--listen', 'tcp://127.0.0.1:0', '--listen', 'udp://127.0.0.1:0'];
    daemon = await Daemon.start([...listen, '--record', join(folder, 'session.pcapng')]);
  });
  after(async () => {
    await daemon?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [index, transport] of ['tcp', 'udp'].entries()) {
    const needs = tool === undefined ? '' : ` (needs ${tool})`;
    it(`a C client of rpcgen and libtirpc lists, defines and starts over ${transport}${needs}`, function () {
      if (client === undefined) this.skip();
      const name = `from-c-${transport}`;
      const run = spawnSync(client, [transport, String(daemon.port(index)), name], {
        encoding: 'utf8',
        timeout: 20_000,
      });
      expect(run.stderr).to.equal('');
      expect(run.stdout.trim().split('\n')).to.deep.equal(STEPS(name));
    });
  }

  it(`rpcinfo pings the daemon over TCP and UDP${has('rpcinfo') ? '' : ' (needs rpcinfo)'}`, function () {
    if (!has('rpcinfo')) this.skip();
    for (const [index, netid] of ['tcp', 'udp'].entries()) {
      const port = daemon.port(index);
      const address = `127.0.0.1.${port >> 8}.${port & 255}`;
      const run = spawnSync('rpcinfo', ['-a', address, '-T', netid, '536877669', '1'], {
        encoding: 'utf8',
        timeout: 10_000,
      });
      expect(run.stdout + run.stderr).to.match(/program 536877669 version 1 ready and waiting/);
    }
  });

  const lacking = noRootNamespace() ?? missingPrograms(['rpcbind', 'rpcinfo']).join(', ');
  it(`rpcbind lists the daemon, and forgets it again${lacking === '' ? '' : ` (skipped: no ${lacking})`}`, function () {
    if (lacking !== '') this.skip();
    const script = `
      set -e
      ip link set lo up
      mount -t tmpfs none /run
      rpcbind -f -w & binder=$!
      for i in $(seq 50); do rpcinfo -p 127.0.0.1 >/dev/null 2>&1 && break; sleep 0.1; done
      "$0" --import tsx cli/main.ts serve --rpcbind --listen tcp://127.0.0.1:7101 \\
        --listen udp://127.0.0.1:7102 > ${folder}/said & daemon=$!
      for i in $(seq 100); do grep -q ready ${folder}/said && break; sleep 0.1; done
      echo "== there"; rpcinfo -p 127.0.0.1
      rpcinfo -t 127.0.0.1 536877669; rpcinfo -u 127.0.0.1 536877669
      kill $daemon; wait $daemon || true
      echo "== gone"; rpcinfo -p 127.0.0.1
      kill $binder`;
    const run = spawnSync('unshare', ['-n', '-m', 'bash', '-c', script, process.execPath], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 40_000,
    });
    const [, there = '', gone = ''] = run.stdout.split('== ');
    expect(there, run.stderr).to.match(/536877669\s+1\s+tcp\s+7101/);
    expect(there).to.match(/536877669\s+1\s+udp\s+7102/);
    expect(there.match(/program 536877669 version 1 ready and waiting/g)).to.have.lengthOf(2);
    expect(gone).to.match(/^gone/);
    expect(gone).to.not.contain('536877669');
  });

  it(`tshark shows a recording as calls and replies, callbacks too${has('tshark') ? '' : ' (needs tshark)'}`, async function () {
    if (!has('tshark')) this.skip();
    const heard: string[] = [];
    const uri = `test+tcp://127.0.0.1:${daemon.port()}/default`;
    const listener = await connectVirt(uri, { onEvent: (event) => void heard.push(event.source) });
    await listener.registerEvents('domain');
    const [domain] = await listener.domains();
    await listener.suspendDomain(domain!);
    await listener.resumeDomain(domain!);
    await eventually(() => heard.length === 2);
    await listener.close();
    const fields = ['rpc.msgtyp', 'rpc.program', 'rpc.xid', 'rpc.repframe'];
    const run = spawnSync(
      'tshark',
      [
        ...[
          '-r',
          join(folder, 'session.pcapng'),
          '-o',
          'rpc.dissect_unknown_programs:TRUE',
          '-Y',
          'rpc',
          '-T',
          'fields',
        ],
        ...fields.flatMap((field) => ['-e', field]),
        ...['-E', 'occurrence=f'],
      ],
      { encoding: 'utf8', timeout: 30_000 },
    );
    const rows = run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    const calls = rows.filter(([type]) => type === '0');
    const replies = rows.filter(([type]) => type === '1');
    expect(calls.length).to.be.greaterThan(20);
    expect(replies.length, 'replies').to.equal(calls.length);
    expect(
      replies.filter(([, , , call]) => call === ''),
      'replies without their call',
    ).to.deep.equal([]);
    expect(new Set(calls.map(([, program]) => program))).to.deep.equal(new Set(['536877669', '536877670']));
    const xids = (program: string) => calls.filter((row) => row[1] === program).map((row) => Number(row[2]));
    expect(xids('536877670').every((xid) => xid >= 0x80000000)).to.equal(true);
  });
});
