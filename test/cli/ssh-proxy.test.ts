import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { expect } from 'chai';
import { joinSocket } from '../../cli/ssh-proxy.ts';
import { until } from '../until.ts';
import { run } from './fake-io.ts';

describe('cli/ssh-proxy', () => {
  let folder: string;
  let server: Server;
  let path: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-proxy-'));
    path = join(folder, 's');
    // echoes everything, and ends when the other side has ended
    server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => void server.listen(path, resolve));
  });
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('carries both directions, half-close included', async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    const got: Buffer[] = [];
    output.on('data', (bytes: Buffer) => void got.push(bytes));
    const done = joinSocket(path, input, output, new AbortController().signal);
    input.write('first ');
    await until(() => Buffer.concat(got).toString() === 'first ');
    input.end('last');
    await done;
    expect(Buffer.concat(got).toString()).to.equal('first last');
  });

  it('holds the sender back while nobody reads', async () => {
    const input = new PassThrough();
    let release: () => void = () => undefined;
    const output = new Writable({
      highWaterMark: 1,
      write: (_, __, next) => {
        release = next;
      },
    });
    const abort = new AbortController();
    const done = joinSocket(path, input, output, abort.signal);
    let accepted = 0;
    const chunk = Buffer.alloc(65_536);
    for (let i = 0; i < 200; i++) {
      if (!input.write(chunk)) {
        const drained = new Promise((resolve) => input.once('drain', resolve));
        const late = new Promise((resolve) => setTimeout(() => resolve('late'), 200));
        if ((await Promise.race([drained, late])) === 'late') break;
      }
      accepted += chunk.length;
    }
    expect(accepted).to.be.lessThan(8 * 1024 * 1024);
    abort.abort();
    release();
    await done;
  });

  it('says who cannot be reached, with status 3', async () => {
    const { status, err } = await run(['ssh-proxy', join(folder, 'nobody')]);
    expect(status).to.equal(3);
    expect(err).to.contain('no such file');
    expect((await run(['ssh-proxy'])).status).to.equal(2);
    expect((await run(['ssh-proxy', 'relative'])).status).to.equal(2);
  });
});
