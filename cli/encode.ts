/**
 * `oncilla encode`: JSON of a named type to its bytes, as hex. A value that does not fit the type is the command's
 * negative answer (status 1), or in `--lines` one answer among the others.
 */
import { type CodecOptions, codecOf, fromJson, type XdrType } from '../codec/xdr/index.ts';
import type { Arguments } from './arguments.ts';
import { answerLines, readInput, refusal } from './cases.ts';
import type { Command, Io } from './command.ts';
import { CliError, EXIT_OK } from './errors.ts';
import { IDL_OPTIONS } from './idl-option-table.ts';
import { loadIdl, requireType } from './idl-options.ts';

export const encode: Command = {
  name: 'encode',
  describe: 'encode JSON as a type from a .x file, to hex',
  usage: 'encode --idl FILE.x (--type T (JSON | -) | --lines)',
  options: {
    ...IDL_OPTIONS,
    type: { value: 'T', describe: 'the type of the value' },
    lines: { describe: 'answer each line TYPE JSON of standard input with a line of JSON' },
  },
  run,
};

async function run(args: Arguments, io: Io): Promise<number> {
  const modules = loadIdl(args);
  const options: CodecOptions = { codegen: !args.has('no-codegen') };
  if (args.has('lines')) {
    return answerLines(modules, io, (type, text) => ({ hex: encodeText(type, text, options) }));
  }
  const type = requireType(modules, args.text('type'));
  const [word] = args.positionals;
  if (word === undefined || args.positionals.length > 1)
    throw new CliError('encode', 'needs one JSON value or -');
  const text = word === '-' ? Buffer.from(await readInput('-', io)).toString('utf8') : word;
  try {
    io.stdout.write(`${encodeText(type, text, options)}\n`);
  } catch (e) {
    if (e instanceof SyntaxError) throw new CliError('encode', `not JSON: ${e.message}`);
    throw refusal('encode', e);
  }
  return EXIT_OK;
}

function encodeText(type: XdrType, text: string, options: CodecOptions): string {
  const value = fromJson(type, JSON.parse(text), options);
  return Buffer.from(codecOf(type, options).encode(value)).toString('hex');
}
