import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { captureArguments, captureInterface, capturePrograms } from '../../cli/capture-process.ts';
import { isCliError } from '../../cli/errors.ts';
import { until } from '../until.ts';

const LO = { kind: 'interface', name: 'lo', filter: null } as const;

describe('cli/capture-process', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-capture-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A program of that name which does what `script` says; first on the PATH. */
  function pretend(name: string, script: string, mode = 0o755): Record<string, string> {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, mode);
    return { PATH: folder };
  }

  async function start(env: Record<string, string>, settings: Parameters<typeof captureInterface>[0] = LO) {
    const parts: Uint8Array[] = [];
    const hooks = { bytes: (chunk: Uint8Array) => void parts.push(chunk), note: () => {} };
    const source = await captureInterface(settings, env, hooks);
    return { source, bytes: () => String(Buffer.concat(parts)) };
  }

  async function failure(env: Record<string, string>): Promise<string> {
    try {
      await (await start(env)).source.stop();
    } catch (e) {
      if (!isCliError(e)) throw e;
      return [e.what, e.why, e.hint, e.detail].join('\n');
    }
    throw new Error('it began');
  }

  it('finds dumpcap before tcpdump, on the PATH or where systems keep them', () => {
    pretend('tcpdump', 'exit 0');
    const env = pretend('dumpcap', 'exit 0');
    const both = capturePrograms(env).map(({ name, path }) => `${name} ${path}`);
    expect(both).to.deep.equal([`dumpcap ${join(folder, 'dumpcap')}`, `tcpdump ${join(folder, 'tcpdump')}`]);
  });

  it('gives each program what it takes, the filter as one word that is no option', () => {
    const settings = { kind: 'interface', name: 'eth0', filter: '-x or udp' } as const;
    expect(captureArguments('dumpcap', settings).join(' ')).to.match(/-i eth0 .*-f -x or udp -w -$/);
    expect(captureArguments('tcpdump', settings).slice(-2)).to.deep.equal(['--', '-x or udp']);
    expect(captureArguments('tcpdump', LO)).to.not.include('--');
  });

  it('gives the bytes as they come, and knows at the end what was lost', async () => {
    const env = pretend(
      'dumpcap',
      `echo 'File: -' >&2
       trap 'echo "Packets received/dropped on interface '"'Loopback: lo'"': 40/2 (pcap:2/dumpcap:0)" >&2; exit 0' INT
       printf 'some bytes'
       while :; do sleep 0.05; done`,
    );
    const { source, bytes } = await start(env);
    await until(() => bytes() === 'some bytes');
    expect([source.name, source.program, source.dropped]).to.deep.equal(['lo', 'dumpcap', null]);
    await source.stop();
    expect(await source.ended).to.equal(null);
    expect([source.received, source.dropped]).to.deep.equal([42, 2]);
  });

  it('lets the program wait while what it gave is not taken', async () => {
    const env = pretend('dumpcap', `echo 'File: -' >&2; exec head -c 100000000 /dev/zero`);
    let taken = 0;
    let release: () => void = () => {};
    const source = await captureInterface(LO, env, {
      bytes(chunk) {
        taken += chunk.length;
        return new Promise((resolve) => {
          release = resolve;
        });
      },
      note: () => {},
    });
    await until(() => taken > 0);
    const first = taken;
    // it would have given thousands of times as much meanwhile
    for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(taken).to.equal(first);
    release();
    await until(() => taken > first);
    const stopping = source.stop();
    const pump = setInterval(() => release(), 1);
    await stopping;
    clearInterval(pump);
  });

  it('says what a program ended with that was not told to', async () => {
    const env = pretend(
      'dumpcap',
      `echo 'File: -' >&2; printf x; echo 'dumpcap: The network went down.' >&2; exit 1`,
    );
    const { source } = await start(env);
    expect(await source.ended).to.equal('The network went down.');
  });

  it('names the interface or the filter that is wrong', async () => {
    const noDevice = `echo 'dumpcap: There is no device named "lo".' >&2; echo '(No such device exists)' >&2; exit 1`;
    expect(await failure(pretend('dumpcap', noDevice))).to.match(/^-i lo\ndumpcap: There is no device named/);
    const noFilter = `echo "dumpcap: Invalid capture filter \\"x\\" for interface 'lo'." >&2; echo >&2; echo 'see' >&2; exit 1`;
    expect(await failure(pretend('dumpcap', noFilter))).to.match(/dumpcap: Invalid capture filter "x"/);
  });

  it('goes on to tcpdump where dumpcap has no right, and has advice where neither has', async () => {
    const refused = `echo 'dumpcap: cap_set_proc() fail return: Operation not permitted' >&2
      echo 'dumpcap: You do not have permission to capture on device "lo".' >&2; exit 1`;
    pretend('tcpdump', `echo 'tcpdump: listening on lo' >&2; printf x; while :; do sleep 0.05; done`);
    const { source } = await start(pretend('dumpcap', refused));
    expect(source.program).to.equal('tcpdump');
    await source.stop();
    pretend(
      'tcpdump',
      `echo "tcpdump: lo: You don't have permission to perform this capture on that device" >&2; exit 1`,
    );
    const why = await failure(pretend('dumpcap', refused));
    expect(why).to.match(/no right to capture \(dumpcap: You do not have permission/);
    expect(why).to.match(/usermod -a -G wireshark/);
    expect(why).to.include(`setcap cap_net_raw,cap_net_admin=eip ${join(folder, 'dumpcap')}`);
    expect(why).to.match(/--proxy/);
  });
});
