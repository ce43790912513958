/**
 * The argument pass: command lines as getopt users (tshark's above all) write them, turned into one
 * `--name=value` per option by the command's own option table, and then given to yargs, which alone would read
 * `-Tfields` as six letters and `-` as nothing. Positionals stay strings. Throws CliError (status 2).
 */
import type { Command, Option, OptionTable } from './command.ts';
import { CliError } from './errors.ts';

/** What the pass makes of a command line: options as `--name` or `--name=value` in order, and the other words. */
export interface Expanded {
  readonly options: readonly string[];
  readonly positionals: readonly string[];
}

/** Options every command has. */
export const GLOBAL_OPTIONS: OptionTable = {
  help: { short: 'h', describe: 'show this help' },
  version: { short: 'v', describe: 'show the version' },
  color: {
    value: 'WHEN',
    choices: ['auto', 'always', 'never'],
    alone: 'always',
    describe: 'colour the output: auto, always or never',
  },
  config: { value: 'FILE', describe: 'read options from a JSON file' },
};

type Lacking = Command['lacking'];

/** Splits and binds a command line (without the command's name) by its option table. */
export function expandArguments(argv: readonly string[], table: OptionTable, lacking?: Lacking): Expanded {
  const byShort = new Map<string, string>();
  for (const [name, option] of Object.entries(table)) {
    if (option.short !== undefined) byShort.set(option.short, name);
  }
  const options: string[] = [];
  const positionals: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') {
      positionals.push(...argv.slice(i + 1));
      break;
    }
    if (word === '-' || !word.startsWith('-')) {
      positionals.push(word);
    } else if (word.startsWith('--')) {
      i += longOption(word, argv[i + 1]);
    } else {
      i += cluster(word, argv[i + 1]);
    }
  }
  return { options, positionals };

  /** Both return how many further words they used up. */
  function longOption(word: string, next: string | undefined): number {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const option = Object.hasOwn(table, name) ? table[name] : undefined;
    if (option === undefined) throw unknownOption(`--${name}`, table, lacking);
    if (option.value === undefined) {
      if (equals >= 0) throw new CliError(`--${name}`, 'takes no value');
      options.push(`--${name}`);
      return 0;
    }
    if (equals >= 0) {
      bind(name, option, word.slice(equals + 1), `--${name}`);
      return 0;
    }
    if (option.alone !== undefined && !(next !== undefined && option.choices?.includes(next))) {
      bind(name, option, option.alone, `--${name}`);
      return 0;
    }
    if (next === undefined) throw new CliError(`--${name}`, `needs a value (${option.value})`);
    bind(name, option, next, `--${name}`);
    return 1;
  }

  function cluster(word: string, next: string | undefined): number {
    for (let at = 1; at < word.length; at++) {
      const letter = word[at]!;
      const name = byShort.get(letter);
      if (name === undefined) throw unknownOption(`-${letter}`, table, lacking, word);
      const option = table[name]!;
      if (option.value === undefined) {
        options.push(`--${name}`);
        continue;
      }
      const attached = word.slice(at + 1);
      if (attached !== '') {
        bind(name, option, attached, `-${letter}`);
        return 0;
      }
      if (next === undefined) throw new CliError(`-${letter}`, `needs a value (${option.value})`);
      bind(name, option, next, `-${letter}`);
      return 1;
    }
    return 0;
  }

  function bind(name: string, option: Option, value: string, asTyped: string): void {
    checkValue(option, value, asTyped);
    options.push(`--${name}=${value}`);
  }
}

/** Refuses a value that is not among the choices or not a number where one is needed. */
export function checkValue(option: Option, value: string, asTyped: string): void {
  if (option.choices !== undefined && !option.choices.includes(value)) {
    throw new CliError(asTyped, `"${value}" is not one of ${option.choices.join(', ')}`);
  }
  if (option.minimum !== undefined) {
    const n = Number(value);
    if (!/^[+-]?\d+$/.test(value) || !Number.isSafeInteger(n)) {
      throw new CliError(asTyped, `"${value}" is not a whole number`);
    }
    if (n < option.minimum) throw new CliError(asTyped, `${value} is below ${option.minimum}`);
  }
}

function unknownOption(typed: string, table: OptionTable, lacking: Lacking, word = typed): CliError {
  const known = typed.startsWith('--')
    ? lacking?.names.includes(typed.slice(2))
    : lacking?.flags.includes(typed[1]!);
  if (lacking !== undefined && known) {
    return new CliError(typed, `${lacking.tool} has this option, oncilla does not`);
  }
  const near = typed.startsWith('--') ? nearest(typed.slice(2), Object.keys(table)) : undefined;
  const where = word === typed ? '' : ` in ${word}`;
  return new CliError(
    typed,
    `unknown option${where}`,
    near === undefined ? {} : { hint: `did you mean --${near}?` },
  );
}

/** The name within two edits of a mistyped one, if any. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = 3;
  for (const name of names) {
    const distance = editDistance(typed, name);
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

/** Parsed arguments. A name that is not in the command's table is a programming error and throws TypeError. */
export class Arguments {
  readonly positionals: readonly string[];
  readonly #table: OptionTable;
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(
    table: OptionTable,
    values: ReadonlyMap<string, readonly string[]>,
    positionals: readonly string[],
  ) {
    this.#table = table;
    this.#values = values;
    this.positionals = positionals;
  }

  /** Whether the option was given at all. */
  has(name: string): boolean {
    return this.#of(name).length > 0;
  }

  /** The value of an option; the last one when it was given several times. */
  text(name: string): string | undefined {
    return this.#of(name).at(-1);
  }

  /** Every value of a repeatable option, in order. */
  list(name: string): readonly string[] {
    return this.#of(name);
  }

  integer(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }

  #of(name: string): readonly string[] {
    if (!Object.hasOwn(this.#table, name)) throw new TypeError(`no option ${name} in the table`);
    return this.#values.get(name) ?? [];
  }
}

/**
 * Parses a command line (without the command's name). `before` gives options from configuration and
 * environment, as `--name=value`, once it has seen those of the command line, which come after them and win.
 */
export async function parseArguments(
  argv: readonly string[],
  command: Pick<Command, 'options' | 'lacking'>,
  before: (given: readonly string[]) => Promise<readonly string[]> = async () => [],
): Promise<Arguments> {
  const table = { ...GLOBAL_OPTIONS, ...command.options };
  const expanded = expandArguments(argv, table, command.lacking);
  const first = await before(expanded.options);
  const { bindOptions } = await import('./bind-options.ts');
  const bound = bindOptions([...first, ...expanded.options], expanded.positionals, table);
  return new Arguments(table, bound.values, bound.positionals);
}
