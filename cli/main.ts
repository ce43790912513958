#!/usr/bin/env node
/**
 * The process around run.ts: descriptors, SIGINT, exit status. `--version` is answered before anything is loaded.
 */
import { packageVersion } from './version.ts';

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) {
  process.stdout.write(`${packageVersion(import.meta.dirname)}\n`);
} else {
  const [{ runCli }, { FdOutput }] = await Promise.all([import('./run.ts'), import('./output.ts')]);
  const interrupt = new AbortController();
  process.on('SIGINT', () => {
    // a second one, when a command does not come to an end by itself
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  });
  process.exitCode = await runCli(argv, {
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
