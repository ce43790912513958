import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Daemon } from '../peers/daemon.ts';
import { until } from '../until.ts';
import { type FakeIo, fakeIo, type Ran, run } from './fake-io.ts';

/** Where a capture of standard error's words listens. */
function urlIn(text: string): string {
  return /listening on (\S+)/.exec(text)?.[1] ?? '';
}

describe('cli/capture', function () {
  this.timeout(30_000);
  let folder: string;
  let daemon: Daemon;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-capture-'));
    daemon = await Daemon.start(['--listen', 'tcp://127.0.0.1:0']);
  });
  after(async () => {
    await daemon?.stop();
    rmSync(folder, { recursive: true });
  });

  /** Begins to capture what goes to the daemon, in this process. */
  async function begin(...words: string[]): Promise<{ io: FakeIo; url: string; ended: Promise<Ran> }> {
    const io = fakeIo();
    const ended = run(['capture', '--proxy', `tcp://127.0.0.1:0=${daemon.urls[0]}`, ...words], io);
    await until(() => urlIn(io.stderr.text) !== '');
    return { io, url: urlIn(io.stderr.text), ended };
  }

  const virt = (url: string, ...words: string[]) =>
    run(['virt', '-c', `test+${url.replace(/^(\w+:\/\/[^/]*)\/?$/, '$1')}/default`, ...words]);

  it('records what a client and the daemon say, in a file for this user, and sums it up', async () => {
    const file = join(folder, 'calls.pcapng');
    const { io, url, ended } = await begin('-w', file);
    const through = await virt(url, 'list', '--all');
    expect(through).to.deep.equal(await virt(daemon.urls[0]!, 'list', '--all'));
    io.abort.abort();
    const { status, err, out } = await ended;
    expect([status, out]).to.deep.equal([130, '']);
    expect(err).to.match(
      /\n.*\d+ packets in \d+\.\d s to .*calls\.pcapng; 1 connections, \d+ bytes there, \d+ back\n$/,
    );
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    const { out: calls } = await run(['inspect', '--calls', '-T', 'ndjson', file]);
    const procedures = calls
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).procedureName);
    expect(procedures).to.deep.equal(['VERSION_EXCHANGE', 'OPEN', 'LIST_ALL_DOMAINS', 'CLOSE']);
  });

  it('ends after as many packets as asked for, with no more in the file, or after a time', async () => {
    const file = join(folder, 'few.pcapng');
    const { url, ended } = await begin('-w', file, '-c', '5', '-q');
    // the connection ends under the client, or it was done: either is right
    await virt(url, 'list');
    expect((await ended).status).to.equal(0);
    const { out } = await run(['inspect', '-T', 'fields', '-e', 'frame.number', file]);
    expect(out).to.equal('1\n2\n3\n4\n5\n');
    const timed = await begin('-w', join(folder, 'time.pcapng'), '-a', 'duration:0.2');
    expect((await timed.ended).status).to.equal(0);
  });

  it('writes to standard output, with nothing else there', async () => {
    const parts: Buffer[] = [];
    const io = fakeIo();
    Object.assign(io.stdout, { writeBytes: (bytes: Uint8Array) => void parts.push(Buffer.from(bytes)) });
    const ended = run(['capture', '--proxy', `tcp://127.0.0.1:0=${daemon.urls[0]}`, '-w', '-'], io);
    await until(() => urlIn(io.stderr.text) !== '');
    await virt(urlIn(io.stderr.text), 'hostname');
    io.abort.abort();
    expect((await ended).out).to.equal('');
    const copy = join(folder, 'copy.pcapng');
    writeFileSync(copy, Buffer.concat(parts));
    const { out } = await run(['inspect', '--calls', copy]);
    expect(out.trim().split('\n')).to.have.length(4);
  });

  describe('as a process', () => {
    const main = ['--import', 'tsx', 'cli/main.ts', 'capture'];
    const start = (words: readonly string[]) => {
      const child = spawn(process.execPath, [...main, ...words], {
        cwd: join(import.meta.dirname, '../..'),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const said = { err: '' };
      child.stderr.on('data', (bytes) => {
        said.err += String(bytes);
      });
      return { child, said, exited: once(child, 'exit') };
    };
    const proxy = () => `tcp://127.0.0.1:0=${daemon.urls[0]}`;

    it('ends with a summary and its file whole on SIGINT and on SIGTERM', async () => {
      for (const [signal, status] of [
        ['SIGINT', 130],
        ['SIGTERM', 0],
      ] as const) {
        const file = join(folder, `${signal}.pcapng`);
        const { child, said, exited } = start(['--proxy', proxy(), '-w', file]);
        await until(() => urlIn(said.err) !== '', signal, 20_000);
        await virt(urlIn(said.err), 'hostname');
        child.kill(signal);
        expect(await exited).to.deep.equal([status, null]);
        expect(said.err).to.match(/1 connections/);
        expect(existsSync(`${file}.lock`)).to.equal(false);
        expect((await run(['inspect', '--calls', file])).out).to.match(/GET_HOSTNAME/);
      }
    });

    it('ends without a word when nobody reads any more', async () => {
      const { child, said, exited } = start(['--proxy', proxy(), '-w', '-']);
      await until(() => urlIn(said.err) !== '', 'listening', 20_000);
      child.stdout.destroy();
      await virt(urlIn(said.err), 'hostname');
      expect(await exited).to.deep.equal([0, null]);
      expect(said.err.trim().split('\n')).to.have.length(1);
    });
  });

  it('costs nobody the file they had for a mistake in the command line', async () => {
    const file = join(folder, 'kept.pcapng');
    writeFileSync(file, 'kept');
    for (const words of [
      ['--proxy', `tcp://192.0.2.1:1=${daemon.urls[0]}`, '--insecure-listen'],
      ['-i', 'no-such-interface'],
      ['-i', 'lo', '-a', 'soon'],
      ['-i', 'lo', '-c', '0'],
    ]) {
      expect((await run(['capture', ...words, '-w', file])).status, words.join(' ')).to.equal(2);
    }
    expect(readFileSync(file, 'utf8')).to.equal('kept');
  });

  it('has one writer to a file, and writes pcapng only', async () => {
    const file = join(folder, 'one.pcapng');
    const { io, ended } = await begin('-w', file);
    const proxy = `tcp://127.0.0.1:0=${daemon.urls[0]}`;
    const second = await run(['capture', '--proxy', proxy, '-w', file]);
    expect([second.status, second.err.trim().split('\n').at(-1)]).to.deep.equal([
      2,
      `oncilla: ${file}: somebody else records to ${file}`,
    ]);
    io.abort.abort();
    await ended;
    for (const words of [['-w', 'x.pcap'], [], ['-w', join(folder, 'none', 'x.pcapng')]]) {
      expect((await run(['capture', '--proxy', proxy, ...words])).status).to.equal(2);
    }
    expect((await run(['capture', '-w', file])).err).to.match(/needs -i IFACE or --proxy LISTEN=TARGET/);
  });
});
