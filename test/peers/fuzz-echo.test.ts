/** rpcgen's server over libtirpc, UDP: from the `.x` alone, memory of another datagram is found and shown again. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Finding } from '../../fuzz/finding.ts';
import { run } from '../cli/fake-io.ts';
import { missingTool } from './reencode.ts';

const missing = missingTool();

/** rpcgen's files and the server, in `folder`. */
function build(folder: string): void {
  cpSync(join(import.meta.dirname, 'echo'), folder, { recursive: true });
  const sh = (program: string, ...args: string[]) => execFileSync(program, args, { cwd: folder });
  const files = [
    ['-h', 'echo.h'],
    ['-c', 'xdr.c'],
    ['-m', 'dispatch.c'],
  ] as const;
  for (const [option, file] of files) sh('rpcgen', option, '-o', file, 'echo.x');
  sh(
    'gcc',
    '-w',
    '-I/usr/include/tirpc',
    '-I.',
    '-o',
    'server',
    'server.c',
    'dispatch.c',
    'xdr.c',
    '-ltirpc',
  );
}

describe(`peers: fuzzing libtirpc over UDP${missing === undefined ? '' : ` (needs ${missing})`}`, function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-echo-'));
  let server: ChildProcess;
  let url = '';

  before(async function () {
    if (missing !== undefined) this.skip();
    build(folder);
    server = spawn(join(folder, 'server'), { stdio: ['ignore', 'pipe', 'inherit'] });
    const [port] = await once(server.stdout!, 'data');
    url = `udp://127.0.0.1:${String(port).trim()}`;
  });
  after(async () => {
    if (server?.exitCode === null) {
      server.kill();
      await once(server, 'exit');
    }
    rmSync(folder, { recursive: true });
  });

  it('finds that a cut opaque is answered with memory of another datagram, and shows it again', async () => {
    const out = join(folder, 'findings');
    const args = ['--idl', join(folder, 'echo.x'), '--seed', '7', '--max-cases', '1500', '--out', out];
    const fuzzed = await run(['fuzz', url, ...args]);
    expect(fuzzed.status, fuzzed.err).to.equal(1);
    expect(fuzzed.out).to.match(/^seed 7\n/);
    const findings = readdirSync(out)
      .filter((name) => /^[0-9a-f]{12}\.json$/.test(name))
      .map((name) => JSON.parse(readFileSync(join(out, name), 'utf8')) as Finding);
    expect(findings.map(({ bucket }) => bucket).sort()).to.deep.equal([
      'accepted any HEADER answered',
      'taint ECHO_ECHO.1 foreign memory',
    ]);
    const taint = findings.find(({ oracle }) => oracle === 'taint')!;
    expect(taint.messages).to.have.length(1);
    const line = /oncilla (fuzz replay .*)/.exec(fuzzed.out.slice(fuzzed.out.indexOf(taint.id)))?.[1];
    const replayed = await run(line!.split(' '));
    expect(replayed).to.include({ status: 1, err: '' });
    expect(replayed.out).to.match(
      /the reply holds \d+ bytes of a message that another connection sent before/,
    );
  });
});
