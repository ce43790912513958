/**
 * The process around run.ts: descriptors, SIGINT, exit status.
 */
import { FdOutput } from './output.ts';
import { runCli } from './run.ts';

/** Runs the command line of the process, and ends it. */
export async function runProcess(): Promise<never> {
  const interrupt = new AbortController();
  process.on('SIGINT', () => {
    // a second one, when a command does not come to an end by itself
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  });
  process.exitCode = await runCli(process.argv.slice(2), {
    get stdin() {
      return process.stdin;
    },
    stdout: new FdOutput(1),
    stderr: new FdOutput(2),
    env: process.env,
    interrupt: interrupt.signal,
  });
  process.exit();
}
