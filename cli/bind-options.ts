/**
 * The part of yargs that reads command lines, without the part that lays out help (yargs.ts), which takes as long to
 * load again. It binds the `--name=value` words of the argument pass. Everything is a string to it; what a value must
 * look like the pass has checked.
 */
import { Parser } from 'yargs/helpers';
import type { OptionTable } from './command.ts';

const CONFIGURATION = {
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
};

/** Values per option name, in order (a flag has one '' for each time it was given), and the other words. */
export function bindOptions(
  options: readonly string[],
  positionals: readonly string[],
  table: OptionTable,
): { values: Map<string, string[]>; positionals: string[] } {
  const flags: string[] = [];
  const texts: string[] = [];
  for (const [name, option] of Object.entries(table)) (option.value === undefined ? flags : texts).push(name);
  const argv = Parser([...options, '--', ...positionals], {
    boolean: flags,
    string: texts,
    configuration: CONFIGURATION,
  });
  const values = new Map<string, string[]>();
  for (const name of Object.keys(table)) {
    const value: unknown = argv[name];
    if (value === undefined) continue;
    const all: unknown[] = Array.isArray(value) ? value : [value];
    values.set(name, table[name]?.value === undefined ? all.map(() => '') : all.map(String));
  }
  return { values, positionals: (argv['--'] ?? []).map(String) };
}
