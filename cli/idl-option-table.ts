/**
 * The options for `.x` files, apart from what reads those (idl-options.ts): a command that is given none does not load
 * the parser.
 */
import type { OptionTable } from './command.ts';

/** How `.x` files are read. */
export const IDL_SOURCE_OPTIONS: OptionTable = {
  include: { short: 'I', value: 'DIR', repeat: true, describe: 'look for included .x files here' },
  define: { short: 'D', value: 'NAME=VALUE', repeat: true, describe: 'define a macro for .x files' },
};

/** For commands that decode or encode by a `.x`. */
export const IDL_OPTIONS: OptionTable = {
  idl: { value: 'FILE.x', repeat: true, describe: 'take types and programs from this .x file' },
  ...IDL_SOURCE_OPTIONS,
  'no-codegen': { describe: 'never generate code at run time (slower)' },
};
