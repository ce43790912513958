/**
 * `.x` files from the command line, by the options of idl-option-table.ts: the only place that reads them. Throws CliError (status 2) for an unreadable file, and for a wrong one with every finding on its own line.
 */
import { readFileSync, statSync } from 'node:fs';
import { escapeTerminal } from '../codec/escape/index.ts';
import {
  findType,
  type IdlErrors,
  type IdlModule,
  type IdlOptions,
  isIdlErrors,
  parseIdl,
} from '../codec/idl/index.ts';
import type { XdrType } from '../codec/xdr/index.ts';
import type { Arguments } from './arguments.ts';
import { CliError, systemReason } from './errors.ts';

/** No `.x` comes near this; the parser's own limit is lower still, but needs the text first. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

function readSource(file: string): string {
  const { size } = statSync(file);
  if (size > MAX_FILE_BYTES) throw new CliError(file, `larger than ${MAX_FILE_BYTES} bytes`);
  return readFileSync(file, 'utf8');
}

/** Only files that are not there are passed over; one that is there and unreadable is an error. */
function readInclude(path: string): string | null {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return null;
  try {
    return readSource(path);
  } catch (e) {
    throw e instanceof CliError ? e : new CliError(path, systemReason(e), { cause: e });
  }
}

function idlOptions(args: Arguments, file: string): IdlOptions {
  const defines = args.list('define').map((word): [string, string] => {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new CliError('-D', `"${name}" is not a name`);
    return [name, equals < 0 ? '1' : word.slice(equals + 1)];
  });
  return {
    file,
    readFile: readInclude,
    includeDirs: args.list('include'),
    defines: Object.fromEntries(defines),
  };
}

/** One file's module, or what is wrong in it. */
export function parseIdlFile(file: string, args: Arguments): IdlModule | IdlErrors {
  let source: string;
  try {
    source = readSource(file);
  } catch (e) {
    throw e instanceof CliError ? e : new CliError(file, systemReason(e), { cause: e });
  }
  try {
    return parseIdl(source, idlOptions(args, file));
  } catch (e) {
    if (isIdlErrors(e)) return e;
    throw e;
  }
}

/** The modules of every `--idl`, in order. */
export function loadIdl(args: Arguments): IdlModule[] {
  return args.list('idl').map((file) => {
    const module = parseIdlFile(file, args);
    if (!isIdlErrors(module)) return module;
    const [first, ...others] = module.errors;
    const detail =
      others.length === 0 ? {} : { detail: others.map((e) => escapeTerminal(e.describe())).join('\n') };
    throw new CliError(`${first!.file}:${first!.line}:${first!.column}`, first!.message, detail);
  });
}

/** The type called `name` in the first module that has it, or undefined. */
export function typeNamed(modules: readonly IdlModule[], name: string): XdrType | undefined {
  for (const module of modules) {
    const type = findType(module, name);
    if (type !== undefined) return type;
  }
  return undefined;
}

/** The same for `--type`; a CliError names what there is. */
export function requireType(modules: readonly IdlModule[], name: string | undefined): XdrType {
  if (modules.length === 0) throw new CliError('--idl', 'needed: which .x file describes the type');
  if (name === undefined) throw new CliError('--type', 'needed: the name of a type in the .x file');
  const type = typeNamed(modules, name);
  if (type !== undefined) return type;
  const known = modules.flatMap((m) => [...m.types.keys()]);
  const more = known.length > 12 ? ', …' : '';
  throw new CliError('--type', `no type "${name}"`, {
    hint: `there are ${known.slice(0, 12).join(', ')}${more}`,
  });
}
