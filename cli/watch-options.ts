/** The options of `oncilla watch`. */
import { THEME_NAMES } from '../tui/screen/style.ts';
import { LIVE_OPTIONS } from './capture-options.ts';
import type { OptionTable } from './command.ts';
import { IDL_OPTIONS } from './idl-option-table.ts';

export const WATCH_OPTIONS: OptionTable = {
  'read-file': { short: 'r', value: 'FILE', describe: 'the capture to look at; - is standard input' },
  ...LIVE_OPTIONS,
  'display-filter': { short: 'Y', value: 'FILTER', describe: 'begin with this display filter' },
  calls: { describe: 'begin with the list of calls' },
  script: {
    value: 'KEYS',
    describe:
      'do without a terminal: press these keys (<enter>, <C-p>, <draw>; @FILE has them), then print the screen',
  },
  size: { value: 'COLSxROWS', describe: 'size of the screen with --script (80x24)' },
  theme: { value: 'NAME', choices: THEME_NAMES, describe: 'colours (dark; none with NO_COLOR)' },
  ascii: { describe: 'draw with ASCII only' },
  'no-mouse': { describe: 'leave the mouse to the terminal' },
  'i-own-this-target': { describe: 'allow sending calls to hosts off this machine' },
  bind: {
    value: 'KEY=ACTION',
    repeat: true,
    describe: 'give a key another meaning (? lists the actions); empty: none',
  },
  columns: { value: 'NAMES', describe: 'columns of the list of calls, in order: Time,Client,Xid,…' },
  keylog: { value: 'FILE', repeat: true, describe: 'TLS secrets (NSS key log) to decrypt with' },
  ...IDL_OPTIONS,
};
