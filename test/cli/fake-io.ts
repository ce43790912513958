/** An outside world for commands under test: output kept in memory, input from bytes. */
import type { Io } from '../../cli/command.ts';
import { MemoryOutput } from '../../cli/output.ts';
import { runCli } from '../../cli/run.ts';

export interface FakeIo extends Io {
  readonly stdout: MemoryOutput;
  readonly stderr: MemoryOutput;
  readonly abort: AbortController;
}

export function fakeIo(
  options: { stdin?: Uint8Array[]; env?: Record<string, string>; tty?: boolean } = {},
): FakeIo {
  const abort = new AbortController();
  return {
    stdin: (async function* () {
      yield* options.stdin ?? [];
    })(),
    stdout: new MemoryOutput(options.tty),
    stderr: new MemoryOutput(options.tty),
    env: options.env ?? {},
    interrupt: abort.signal,
    abort,
  };
}

export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a whole command line, without a process. */
export async function run(argv: readonly string[], io: FakeIo = fakeIo()): Promise<Ran> {
  const status = await runCli(argv, io);
  return { status, out: io.stdout.text, err: io.stderr.text };
}
