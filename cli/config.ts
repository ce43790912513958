/**
 * Options from a JSON file (`--config FILE`): options for every command at the top, those of one command under
 * its name, by their long names. Checked by a zod schema made from the option tables; wrong content is a
 * CliError naming the key.
 */
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { checkValue } from './arguments.ts';
import type { OptionTable } from './command.ts';
import { CliError, systemReason } from './errors.ts';

const MAX_CONFIG_BYTES = 1 << 20;

type Value = boolean | string | number | (string | number)[];

/** Options that a file gives to `command`, as `--name=value`. `names` are all command names. */
export async function configOptions(
  file: string,
  command: string,
  table: OptionTable,
  names: readonly string[],
): Promise<string[]> {
  const { z } = await import('zod');
  const schema = z.strictObject({
    ...optionSchemas(z, pick(table, ['color'])),
    ...Object.fromEntries(names.map((name) => [name, z.record(z.string(), z.unknown()).optional()])),
    [command]: z.strictObject(optionSchemas(z, without(table, ['help', 'version', 'config']))).optional(),
  });
  const checked = schema.safeParse(readJson(file));
  if (!checked.success) {
    const issue = checked.error.issues[0]!;
    const where = issue.path.join('.');
    throw new CliError(file, where === '' ? issue.message : `${where}: ${issue.message}`);
  }
  const content = checked.data as Record<string, unknown>;
  const own = (content[command] ?? {}) as Record<string, unknown>;
  const general = Object.entries(content).filter(([key]) => !names.includes(key));
  return [...general, ...Object.entries(own)].flatMap(([name, value]) =>
    words(file, name, value as Value, table),
  );
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (e) {
    throw new CliError(file, systemReason(e), { cause: e });
  }
  if (text.length > MAX_CONFIG_BYTES) throw new CliError(file, `longer than ${MAX_CONFIG_BYTES} bytes`);
  try {
    return JSON.parse(text);
  } catch (e) {
    throw new CliError(file, `is not JSON: ${(e as Error).message}`, { cause: e });
  }
}

function optionSchemas(zod: typeof z, table: OptionTable): Record<string, z.ZodType> {
  const shape: Record<string, z.ZodType> = {};
  for (const [name, option] of Object.entries(table)) {
    const one = zod.union([zod.string(), zod.number()]);
    if (option.value === undefined) shape[name] = zod.boolean().optional();
    else shape[name] = option.repeat ? zod.union([one, zod.array(one)]).optional() : one.optional();
  }
  return shape;
}

function words(file: string, name: string, value: Value, table: OptionTable): string[] {
  if (value === false || value === undefined) return [];
  if (value === true) return [`--${name}`];
  return (Array.isArray(value) ? value : [value]).map((one) => {
    checkValue(table[name]!, String(one), `${file}: ${name}`);
    return `--${name}=${one}`;
  });
}

function pick(table: OptionTable, names: readonly string[]): OptionTable {
  return Object.fromEntries(Object.entries(table).filter(([name]) => names.includes(name)));
}

function without(table: OptionTable, names: readonly string[]): OptionTable {
  return Object.fromEntries(Object.entries(table).filter(([name]) => !names.includes(name)));
}
