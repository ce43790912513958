/**
 * The only file that knows yargs: binds the `--name=value` words of the argument pass, and lays out help text.
 * Everything is a string to it; what a value must look like the pass has checked.
 */
import yargs from 'yargs';
import type { Command, OptionTable } from './command.ts';

function parser(table: OptionTable) {
  const it = yargs([]).help(false).version(false).exitProcess(false).fail(false).parserConfiguration({
    'boolean-negation': false,
    'camel-case-expansion': false,
    'combine-arrays': false,
    'dot-notation': false,
    'duplicate-arguments-array': true,
    'flatten-duplicate-arrays': false,
    'greedy-arrays': false,
    'parse-numbers': false,
    'parse-positional-numbers': false,
    'populate--': true,
    'short-option-groups': false,
  });
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

/** Values per option name, in order (a flag has one '' for each time it was given), and the other words. */
export function bindWithYargs(
  options: readonly string[],
  positionals: readonly string[],
  table: OptionTable,
): { values: Map<string, string[]>; positionals: string[] } {
  const argv = parser(table).parseSync([...options, '--', ...positionals]) as Record<string, unknown>;
  const values = new Map<string, string[]>();
  for (const [name, option] of Object.entries(table)) {
    const value = argv[name];
    if (value === undefined) continue;
    const all: unknown[] = Array.isArray(value) ? value : [value];
    values.set(name, option.value === undefined ? all.map(() => '') : all.map(String));
  }
  return { values, positionals: ((argv['--'] as unknown[] | undefined) ?? []).map(String) };
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
