/**
 * Lays out the help text with yargs. Command lines are read by bind-options.ts.
 */
import yargs from 'yargs';
import type { Command, OptionTable } from './command.ts';

function parser(table: OptionTable) {
  const it = yargs([]).help(false).version(false).exitProcess(false).fail(false);
  for (const [name, option] of Object.entries(table)) {
    it.option(name, {
      describe: option.describe,
      type: option.value === undefined ? 'boolean' : 'string',
      ...(option.short === undefined ? {} : { alias: option.short }),
      ...(option.hidden ? { hidden: true } : {}),
    });
  }
  return it;
}

/** The help text of a command, or of the whole program when `command` has no options of its own. */
export async function helpText(
  command: Pick<Command, 'usage' | 'options' | 'describe'>,
  table: OptionTable,
  columns: number,
): Promise<string> {
  const it = parser(table).usage(`oncilla ${command.usage}\n\n${command.describe}`).wrap(columns);
  return `${await it.getHelp()}\n`;
}
