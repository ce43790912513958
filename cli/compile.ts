/**
 * `oncilla compile`: `.x` files checked, or turned into TypeScript, a Wireshark plugin, JSON Schema or JSON. Findings
 * go to standard error, one `file:line:column: reason` each; every file is looked at before the command ends with
 * status 2.
 */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { escapeTerminal } from '../codec/escape/index.ts';
import { emitJson, emitJsonSchema, emitTypeScript, type IdlModule, isIdlErrors } from '../codec/idl/index.ts';
import type { Arguments } from './arguments.ts';
import type { Command, Io } from './command.ts';
import { CliError, EXIT_OK, EXIT_USAGE, systemReason } from './errors.ts';
import { IDL_SOURCE_OPTIONS } from './idl-option-table.ts';
import { parseIdlFile } from './idl-options.ts';

interface Target {
  readonly ending: string;
  emit(module: IdlModule, args: Arguments, file: string): string | Promise<string>;
}

const TARGETS: ReadonlyMap<string, Target> = new Map([
  [
    'ts',
    {
      ending: '.gen.ts',
      emit(module: IdlModule, args: Arguments) {
        const codecImport = args.text('codec-import');
        return emitTypeScript(module, codecImport === undefined ? {} : { codecImport });
      },
    },
  ],
  [
    'lua',
    {
      ending: '.lua',
      // the dissector knows the fields' names; nothing else here needs it
      async emit(module: IdlModule, _args: Arguments, file: string) {
        const { luaPlugin } = await import('./lua-plugin.ts');
        return luaPlugin(module, file);
      },
    },
  ],
  ['json-schema', { ending: '.schema.json', emit: emitJsonSchema }],
  ['json', { ending: '.json', emit: emitJson }],
]);

export const compile: Command = {
  name: 'compile',
  describe: 'check .x files, or turn them into TypeScript, a Wireshark plugin, JSON Schema or JSON',
  usage: 'compile FILE.x… (--check | --to ts|lua|json-schema|json [-o OUT])',
  options: {
    to: {
      value: 'FORMAT',
      choices: [...TARGETS.keys()],
      describe: 'what to make: ts, lua (a Wireshark plugin), json-schema or json',
    },
    output: {
      short: 'o',
      value: 'OUT',
      describe: 'write to this file, or for several .x files into this folder',
    },
    check: { describe: 'only parse and resolve' },
    'codec-import': {
      value: 'SPEC',
      describe: 'where generated TypeScript imports the codec from (oncilla/codec)',
    },
    ...IDL_SOURCE_OPTIONS,
  },
  run,
};

async function run(args: Arguments, io: Io): Promise<number> {
  const files = args.positionals;
  if (files.length === 0) throw new CliError('compile', 'needs a .x file');
  const check = args.has('check');
  const target = TARGETS.get(args.text('to') ?? '');
  if (!check && target === undefined)
    throw new CliError('compile', 'needs --to ts, lua, json-schema or json, or --check');
  const output = args.text('output');
  if (!check && files.length > 1 && output === undefined) {
    throw new CliError('compile', 'several files need -o FOLDER');
  }
  let failed = false;
  for (const file of files) {
    const module = read(file, args, io);
    if (module === undefined) {
      failed = true;
    } else if (check) {
      const { types, programs } = module;
      io.stdout.write(`${file}: ok, ${types.size} types, ${programs.length} programs\n`);
    } else {
      const text = await target!.emit(module, args, file);
      if (output === undefined) io.stdout.write(text);
      else write(output, files.length > 1, `${basename(file).replace(/\.x$/, '')}${target!.ending}`, text);
    }
  }
  return failed ? EXIT_USAGE : EXIT_OK;
}

/** The module; undefined after telling what is wrong with the file. */
function read(file: string, args: Arguments, io: Io): IdlModule | undefined {
  try {
    const module = parseIdlFile(file, args);
    if (!isIdlErrors(module)) return module;
    for (const e of module.errors) io.stderr.write(`oncilla: ${escapeTerminal(e.describe())}\n`);
  } catch (e) {
    if (!(e instanceof CliError)) throw e;
    io.stderr.write(`oncilla: ${escapeTerminal(e.message)}\n`);
  }
  return undefined;
}

function write(output: string, several: boolean, name: string, text: string): void {
  try {
    if (several) mkdirSync(output, { recursive: true });
    const folder = statSync(output, { throwIfNoEntry: false })?.isDirectory() === true;
    writeFileSync(folder ? join(output, name) : output, text);
  } catch (e) {
    throw new CliError(output, systemReason(e), { cause: e });
  }
}
