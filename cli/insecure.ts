/**
 * What is said out loud of connections whose certificate nobody verifies (verify=none, no_verify=1): one line for each
 * host, however many connections a command makes to it.
 */
import { escapeTerminal } from '../codec/escape/index.ts';
import type { TlsClientOptions } from '../transport/tls-channel.ts';
import type { Io } from './command.ts';

type Heard = Required<Pick<TlsClientOptions, 'onInsecure'>>;

/** For commands that say things their own way. */
export function insecureTo(say: (text: string) => void): Heard {
  const said = new Set<string>();
  return {
    onInsecure(message) {
      if (said.has(message)) return;
      said.add(message);
      say(message);
    },
  };
}

/** On standard error, at once: before what the connection is used for. */
export function insecureAloud(io: Io): Heard {
  return insecureTo((text) => {
    io.stderr.write(`oncilla: ${escapeTerminal(text)}\n`);
    io.stderr.flush();
  });
}
