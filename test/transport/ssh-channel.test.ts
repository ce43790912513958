import { writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { isTransportError } from '../../transport/errors.ts';
import { openSsh, sshArguments } from '../../transport/ssh-channel.ts';
import { parseTarget, type Target } from '../../transport/target.ts';
import { scratch, watch } from './streams.ts';

const TARGET = 'ssh://alice@host:2222/run/virt.sock';

describe('ssh-channel', () => {
  const { path, remove } = scratch();
  after(remove);

  /** Plays ssh: `body` sees our arguments. */
  function fakeSsh(name: string, body: string): { program: string } {
    const program = path(name);
    writeFileSync(program, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return { program };
  }

  it('builds arguments in which nothing can become an option', () => {
    expect(sshArguments(parseTarget(TARGET))).to.deep.equal([
      '-T',
      '-e',
      'none',
      '-p',
      '2222',
      '-l',
      'alice',
      '--',
      'host',
      'oncilla ssh-proxy /run/virt.sock',
    ]);
    expect(sshArguments(parseTarget("ssh://host/a'b%20c")).at(-1)).to.equal("oncilla ssh-proxy '/a'\\''b c'");
    const target = parseTarget(TARGET);
    for (const bad of [
      { host: '-oProxyCommand=x' },
      { user: '-x' },
      { path: 'relative' },
    ] as Partial<Target>[]) {
      expect(() => sshArguments({ ...target, ...bad }))
        .to.throw()
        .with.property('code', 'BAD_TARGET');
    }
  });

  it('joins the stream to its program', async () => {
    const channel = await openSsh(TARGET, { ssh: fakeSsh('echo', 'exec cat') });
    const seen = watch(channel);
    channel.writeAll([Buffer.from('a'), Buffer.from('b')]);
    channel.write(Buffer.from('c'));
    await seen.until((s) => s.bytes.length === 3);
    channel.end();
    await seen.closed();
    expect([seen.bytes.toString(), seen.ended, seen.reason?.kind]).to.deep.equal(['abc', 1, 'closed']);
    expect(channel.write(Buffer.from('late'))).to.equal(false);
  });

  it('holds back a program that does not read, and goes on when it does', async () => {
    const channel = await openSsh(TARGET, { ssh: fakeSsh('slow', 'sleep 0.2; exec cat >/dev/null') });
    const seen = watch(channel);
    while (channel.write(Buffer.alloc(65_536)));
    expect(channel.queued).to.be.greaterThan(0);
    await seen.until((s) => s.drained > 0);
    channel.close();
    await seen.closed();
    expect(seen.reason?.kind).to.equal('closed');
  });

  it('keeps the end of what ssh said, made fit for a terminal', async () => {
    const body =
      'head -c 100000 /dev/zero | tr "\\0" x >&2; printf "\\nlast \\033[31mwords\\n" >&2; exit 255';
    const seen = await watch(await openSsh(TARGET, { ssh: fakeSsh('loud', body) })).closed();
    expect(seen.reason?.error?.message).to.equal('ssh to host: last \\x1b[31mwords');
  });

  it('ends programs that do not end themselves', async () => {
    const closing = await openSsh(TARGET, { ssh: fakeSsh('deaf', 'exec sleep 60') });
    const seen = watch(closing);
    closing.close(30);
    await seen.closed();
    expect(seen.reason?.kind).to.equal('closed');
    const resetting = await openSsh(TARGET, { ssh: fakeSsh('deaf', 'exec sleep 60') });
    const other = watch(resetting);
    resetting.reset();
    await other.closed();
    expect(other.reason?.kind).to.equal('reset');
  });

  it('is an SSH error without a program', async () => {
    const error = await openSsh(TARGET, { ssh: { program: path('nothing') } }).catch((e: unknown) => e);
    expect(isTransportError(error) && error.code).to.equal('SSH');
  });
});
