/**
 * `oncilla decode`: bytes of a named type to JSON. What does not decode is the command's negative answer (status
 * 1), or in `--lines` one answer among the others.
 */
import { type CodecOptions, codecOf, toJson, type XdrType } from '../codec/xdr/index.ts';
import type { Arguments } from './arguments.ts';
import { answerLines, readInput, refusal } from './cases.ts';
import type { Command, Io } from './command.ts';
import { CliError, EXIT_OK } from './errors.ts';
import { IDL_OPTIONS } from './idl-option-table.ts';
import { loadIdl, requireType } from './idl-options.ts';

export const decode: Command = {
  name: 'decode',
  describe: 'decode the bytes of a type from a .x file to JSON',
  usage: 'decode --idl FILE.x (--type T (HEX | - | --file BIN) | --lines)',
  options: {
    ...IDL_OPTIONS,
    type: { value: 'T', describe: 'the type of the bytes' },
    file: { value: 'BIN', describe: 'take raw bytes from this file (- for standard input)' },
    lenient: { describe: 'accept bad padding and booleans, unknown enum values and trailing bytes' },
    lines: { describe: 'answer each line TYPE HEX of standard input with a line of JSON' },
  },
  run,
};

async function run(args: Arguments, io: Io): Promise<number> {
  const modules = loadIdl(args);
  const options: CodecOptions = {
    lenient: args.has('lenient'),
    codegen: !args.has('no-codegen'),
  };
  if (args.has('lines')) {
    return answerLines(modules, io, (type, hex) => decodeBytes(type, fromHex(hex), options));
  }
  const type = requireType(modules, args.text('type'));
  const bytes = await inputBytes(args, io);
  try {
    io.stdout.write(`${JSON.stringify(decodeBytes(type, bytes, options).value)}\n`);
  } catch (e) {
    throw refusal('decode', e);
  }
  return EXIT_OK;
}

function decodeBytes(type: XdrType, bytes: Uint8Array, options: CodecOptions) {
  const codec = codecOf(type, options);
  const strict = options.lenient !== true;
  const { value, consumed } = strict
    ? { value: codec.decode(bytes), consumed: bytes.length }
    : codec.decodeAt(bytes, 0, bytes.length);
  return { value: toJson(type, value), consumed };
}

async function inputBytes(args: Arguments, io: Io): Promise<Uint8Array> {
  const file = args.text('file');
  if (file !== undefined) {
    if (args.positionals.length > 0) throw new CliError('decode', 'takes HEX or --file, not both');
    return readInput(file, io);
  }
  const [hex] = args.positionals;
  if (hex === undefined || args.positionals.length > 1)
    throw new CliError('decode', 'needs one HEX, - or --file');
  const text = hex === '-' ? Buffer.from(await readInput('-', io)).toString('latin1') : hex;
  try {
    return fromHex(text);
  } catch (e) {
    throw e instanceof SyntaxError ? new CliError('decode', e.message) : e;
  }
}

/** Hex digits, blanks between them allowed. Throws SyntaxError. */
function fromHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (digits.length % 2 !== 0 || !/^[0-9A-Fa-f]*$/.test(digits))
    throw new SyntaxError('not an even number of hex digits');
  return Buffer.from(digits, 'hex');
}
