/**
 * The key logs that `--keylog` names, read. Throws CliError for one that cannot be.
 */
import { readFileSync } from 'node:fs';
import { KeyLog } from '../dissector/tls/index.ts';
import { CliError, systemReason } from './errors.ts';

export function readKeyLogs(files: readonly string[]): KeyLog {
  const keyLog = new KeyLog();
  for (const file of files) {
    try {
      keyLog.add(readFileSync(file, 'latin1'));
    } catch (e) {
      throw new CliError(file, systemReason(e), { cause: e });
    }
  }
  return keyLog;
}
