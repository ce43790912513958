import { closeSync, openSync } from 'node:fs';
import { expect } from 'chai';
import type { Command } from '../../cli/command.ts';
import { CliError, ClosedPipe } from '../../cli/errors.ts';
import { FdOutput, MemoryOutput } from '../../cli/output.ts';
import { runCli, runCommand } from '../../cli/run.ts';
import { fakeIo, run } from './fake-io.ts';

describe('cli/run', () => {
  it('answers --version and -v', async () => {
    for (const argv of [['--version'], ['-v'], ['inspect', '--version']]) {
      expect(await run(argv)).to.deep.include({ status: 0, err: '' });
      expect((await run(argv)).out).to.match(/^\d+\.\d+\.\d+\n$/);
    }
  });

  it('lists the commands for --help, and without a command on standard error with status 2', async () => {
    const help = await run(['--help']);
    expect(help).to.include({ status: 0, err: '' });
    expect(help.out).to.contain('inspect').and.contain('completion');
    const none = await run([]);
    expect(none).to.include({ status: 2, out: '' });
    expect(none.err).to.equal(help.out);
  });

  it('shows the options of a command', async () => {
    const { status, out } = await run(['inspect', '--help']);
    expect(status).to.equal(0);
    expect(out)
      .to.contain('oncilla inspect [-r] FILE')
      .and.contain('--display-filter')
      .and.contain('--config');
  });

  it('names an unknown command and guesses what was meant', async () => {
    expect(await run(['inspct'])).to.include({
      status: 2,
      err: 'oncilla: inspct: unknown command (did you mean inspect?)\n',
    });
    expect((await run(['trace.pcap'])).err).to.contain('oncilla inspect trace.pcap');
    expect((await run(['nothing'])).err).to.contain('--help');
  });

  it('takes global options before the command', async () => {
    expect(await run(['--color', 'never', 'completion', 'bash'])).to.include({ status: 0, err: '' });
    expect((await run(['--color=sometimes', 'completion'])).err).to.equal(
      'oncilla: --color: "sometimes" is not one of auto, always, never\n',
    );
  });

  function command(body: () => Promise<number>): Command {
    return { name: 'x', describe: '', usage: 'x', options: {}, run: body };
  }

  it('prints errors on one line that cannot steer the terminal, with hint and detail', async () => {
    const io = fakeIo();
    const failing = command(async () => {
      throw new CliError('a\x1b[31m\nb', 'bad', { status: 3, hint: 'try', detail: '    x\n    ^' });
    });
    let thrown: unknown;
    await runCommand(failing, [], io).catch((e: unknown) => {
      thrown = e;
    });
    expect(thrown).to.be.instanceOf(CliError);
    expect((await run(['a\x1b[31m\nb'])).err).to.equal(
      'oncilla: a [31m b: unknown command (oncilla --help lists them)\n',
    );
  });

  it('shows the stack only with ONCILLA_DEBUG', async () => {
    expect((await run(['inspect', '-Z'])).err.split('\n').length).to.equal(2);
    const { err } = await run(['inspect', '-Z'], fakeIo({ env: { ONCILLA_DEBUG: '1' } }));
    expect(err).to.match(/\n +at /);
  });

  it('ends silently when nobody reads', async () => {
    class Closed extends MemoryOutput {
      override write(): void {
        throw new ClosedPipe();
      }
    }
    const closed = { ...fakeIo(), stdout: new Closed() };
    expect(await run(['--help'], closed)).to.deep.include({ status: 0, err: '' });
  });

  it('says on one line that standard output is full, and says nothing where standard error is', async () => {
    const full = openSync('/dev/full', 'w');
    try {
      const io = fakeIo();
      for (const words of [['--version'], ['--help'], ['compile', '--help']]) {
        const stderr = new MemoryOutput();
        expect(await runCli(words, { ...io, stdout: new FdOutput(full), stderr })).to.equal(2);
        expect(stderr.text).to.equal('oncilla: standard output: no space left on device\n');
      }
      expect(await runCli(['nonsense'], { ...io, stderr: new FdOutput(full) })).to.equal(2);
    } finally {
      closeSync(full);
    }
  });

  it('puts configuration before environment before the command line', async () => {
    const seen: (string | undefined)[] = [];
    const asks: Command = {
      ...command(async () => 0),
      async run(args) {
        seen.push(args.text('color'));
        return 0;
      },
    };
    await runCommand(asks, [], fakeIo({ env: { ONCILLA_COLOR: 'never' } }));
    await runCommand(asks, ['--color=always'], fakeIo({ env: { ONCILLA_COLOR: 'never' } }));
    await runCommand(asks, [], fakeIo());
    expect(seen).to.deep.equal(['never', 'always', undefined]);
  });
});
