/** Whether tshark is here, and what it prints. */
import { spawnSync } from 'node:child_process';

export const hasTshark = spawnSync('tshark', ['--version']).status === 0;

/** Standard output of tshark over a capture file, names not resolved. */
export function tshark(file: string, ...args: string[]): string {
  const { stdout } = spawnSync('tshark', ['-n', '-r', file, ...args], {
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC' },
    maxBuffer: 1 << 28,
  });
  return stdout;
}
