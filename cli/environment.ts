/**
 * The environment variables that stand for options: this list and no others, so that a stray ONCILLA_ variable
 * changes nothing. ONCILLA_DEBUG is read by run.ts; NO_COLOR and FORCE_COLOR by color.ts.
 */
import { delimiter } from 'node:path';
import { checkValue } from './arguments.ts';
import type { OptionTable } from './command.ts';

interface Variable {
  readonly variable: string;
  readonly option: string;
}

const VARIABLES: readonly Variable[] = [
  { variable: 'ONCILLA_CONFIG', option: 'config' },
  { variable: 'ONCILLA_COLOR', option: 'color' },
  { variable: 'ONCILLA_IDL', option: 'idl' },
  { variable: 'ONCILLA_INCLUDE', option: 'include' },
  { variable: 'ONCILLA_NO_CODEGEN', option: 'no-codegen' },
];

/**
 * Options given by variables, as `--name=value`, for those the table has. A repeatable option takes a list
 * separated as PATH is; a flag is on unless its variable is empty or 0.
 */
export function environmentOptions(
  env: Readonly<Record<string, string | undefined>>,
  table: OptionTable,
): string[] {
  const out: string[] = [];
  for (const { variable, option: name } of VARIABLES) {
    const value = env[variable];
    const option = table[name];
    if (value === undefined || value === '' || option === undefined) continue;
    if (option.value === undefined) {
      if (value !== '0') out.push(`--${name}`);
      continue;
    }
    for (const one of option.repeat ? value.split(delimiter) : [value]) {
      checkValue(option, one, variable);
      out.push(`--${name}=${one}`);
    }
  }
  return out;
}
