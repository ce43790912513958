/**
 * Structured logs: one JSON object a line, on standard error. Text from peers is JSON-escaped, so that nothing in it
 * reaches a terminal; a log that cannot be written is dropped, the daemon goes on.
 */
import type { Output } from '../command.ts';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

export type Fields = Readonly<Record<string, string | number | boolean | null>>;
export type Log = (level: Level, event: string, fields?: Fields) => void;

/** C1 controls and the line separators pass JSON unescaped. */
const RAW = /[\x7f-\x9f\u2028\u2029]/g;

/** A log onto `output`; what is below `least` is dropped. `now` gives epoch milliseconds. */
export function jsonLog(output: Output, least: () => Level, now: () => number = Date.now): Log {
  return (level, event, fields = {}) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least())) return;
    const line = { time: new Date(now()).toISOString(), level, event, ...fields };
    const text = JSON.stringify(line).replace(
      RAW,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    try {
      output.write(`${text}\n`);
      output.flush();
    } catch {
      // nobody reads the log: serving is worth more than logging
    }
  };
}
