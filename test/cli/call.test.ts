import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { listenPortmap, type RunningPortmap } from '../../server/portmap/listen.ts';
import { bindUdp } from '../../transport/udp.ts';
import { until } from '../until.ts';
import { fakeIo, run } from './fake-io.ts';

describe('cli/call', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-call-'));
  let running: RunningPortmap;
  let tcp: string;
  let udp: string;
  /** calls of GETTIME */
  let asked = 0;

  before(async () => {
    running = await listenPortmap(['tcp://127.0.0.1:0', 'udp://127.0.0.1:0'], {
      seconds: () => {
        asked++;
        return 1234;
      },
    });
    [tcp, udp] = running.urls as [string, string];
  });
  after(async () => {
    await running.stop();
    rmSync(folder, { recursive: true });
  });

  const call = (...args: string[]) => run(['call', ...args]);

  it('prints the reply as JSON', async () => {
    const set = JSON.stringify({ prog: 7, vers: 1, prot: 6, port: 4000 });
    for (const target of [tcp, udp]) {
      expect(await call(target, 'GETTIME')).to.deep.equal({ status: 0, out: '1234\n', err: '' });
      expect((await call(target, 'portmap.2.SET', set)).out).to.equal('true\n');
      expect((await call(target, 'portmap.GETPORT', set, '--auth', 'sys')).out).to.equal('4000\n');
      expect((await call(target, '100000.2.2', set)).out).to.equal('true\n');
      expect((await call(target, 'portmap.4.NULL')).out).to.equal('null\n');
      expect((await call(target, 'portmap.NULL', 'null')).status).to.equal(0);
    }
    const piped = fakeIo({ stdin: [Buffer.from('"::1.0.111"')] });
    const ran = await run(['call', tcp, 'UADDR2TADDR', '-'], piped);
    expect(JSON.parse(ran.out).maxlen).to.equal(28);
  });

  it('ends with 1 for an error reply', async () => {
    expect(await call(tcp, 'nfs.NULL')).to.deep.equal({
      status: 1,
      out: '',
      err: 'oncilla: nfs.NULL: PROG_UNAVAIL: the server does not have this program\n',
    });
    const ran = await call(udp, '100000.9.0');
    expect(ran).to.include({ status: 1 });
    expect(ran.err).to.contain('PROG_MISMATCH: the server has versions 2 to 4');
  });

  it('ends with 3 where nobody is or nobody answers', async () => {
    const gone = await listenPortmap(['tcp://127.0.0.1:0', 'udp://127.0.0.1:0']);
    await gone.stop();
    for (const target of gone.urls) expect((await call(target, 'GETTIME')).status).to.equal(3);
    const silent = await bindUdp('udp://127.0.0.1:0');
    const ran = await call(`udp://${silent.local.text}`, 'GETTIME', '--timeout', '0.1');
    expect(ran).to.include({ status: 3, out: '' });
    expect(ran.err).to.contain('TIMEOUT').and.contain('100 ms');
    silent.close();
  });

  it('calls from the port that it is told', async () => {
    const probe = await bindUdp('udp://127.0.0.1:0');
    const { port } = probe.local;
    probe.close();
    const set = JSON.stringify({ prog: 8, vers: 1, prot: 6, port: 4000 });
    expect((await call(udp, 'portmap.2.SET', set, '--source-port', String(port))).status).to.equal(0);
    // One below 1024 is root's, and so is what it registers.
    const reserved = await call(udp, 'portmap.2.SET', set.replace('8', '9'), '--source-port', 'reserved');
    if (process.getuid?.() === 0) {
      expect(reserved.status).to.equal(0);
      const owners = running.registry.list().filter((one) => one.program === 8 || one.program === 9);
      expect(owners.map((one) => one.owner)).to.deep.equal(['unknown', 'superuser']);
    } else {
      expect(reserved.status).to.equal(3);
    }
  });

  it('ends with 2 for what it cannot send, and says how it looks', async () => {
    for (const [argv, why] of [
      [[tcp], 'needs TARGET PROC'],
      [[tcp, 'GETPORT', '{}', 'x'], 'needs TARGET PROC'],
      [['http://x', 'GETPORT'], 'no target'],
      [[tcp, 'GETPORT'], 'arguments: {"prog", "vers", "prot", "port"}'],
      [[tcp, 'GETPORT', '{'], 'not JSON'],
      [[tcp, 'GETPORT', '{"prog":-1,"vers":1,"prot":6,"port":0}'], 'prog'],
      [[tcp, 'GETTIME', '5'], 'takes no arguments'],
      [[tcp, 'nothing.NULL'], 'no program'],
      [[tcp, 'GETTIME', '--timeout', '0'], 'seconds'],
      [[tcp, 'GETTIME', '--source-port', '70000'], 'port'],
      [[tcp, 'GETTIME', '--auth', 'gss'], 'none, sys'],
      [['ssh://h/s', 'GETTIME', '--count', '5'], '--i-own-this-target'],
      [['tcp://192.0.2.1:1', 'GETTIME', '--count', '5'], '--i-own-this-target'],
    ] as const) {
      const ran = await call(...argv);
      expect(ran.status, argv.join(' ')).to.equal(2);
      expect(ran.err).to.contain(why);
    }
  });

  it('measures', async () => {
    for (const target of [tcp, udp]) {
      const ran = await call(target, 'GETTIME', '--count', '200', '--concurrency', '8');
      expect(ran.status).to.equal(0);
      expect(ran.out).to.match(
        /^200 calls in \d+\.\d+ s, \d+ calls\/s\nlatency in ms: min .*p50 .*p99\.9 .*max .*\n$/,
      );
      expect(ran.err).to.contain('200 calls of RPCBPROC_GETTIME (program 100000 version 4), 8 at once');
    }
    const failed = await call(tcp, 'nfs.NULL', '--count', '3');
    expect(failed).to.include({ status: 1 });
    expect(failed.out).to.contain('PROG_UNAVAIL: 3');
  });

  it('ends with 130 when it is interrupted', async () => {
    const io = fakeIo();
    const silent = await bindUdp('udp://127.0.0.1:0');
    silent.start({ message: () => io.abort.abort(), closed: () => undefined });
    const ran = run(['call', `udp://${silent.local.text}`, 'GETTIME'], io);
    expect((await ran).status).to.equal(130);
    const counting = fakeIo();
    asked = 0;
    const many = run(['call', tcp, 'GETTIME', '--count', '1000000'], counting);
    await until(() => asked > 100);
    counting.abort.abort();
    const partial = await many;
    expect(partial.status).to.equal(130);
    expect(partial.out).to.match(/^\d+ calls in/);
    silent.close();
  });

  it('knows programs of a .x, and their results that repeat', async () => {
    const file = join(folder, 'mine.x');
    writeFileSync(file, 'program MINE { version V { unsigned int MINE_TIME(void) = 6; } = 3; } = 100000;');
    expect((await call(tcp, 'MINE_TIME', '--idl', file)).out).to.equal('1234\n');
  });
});
