/**
 * What a `.x` file cannot say, declared beside it as data (DESIGN section 2). Type-only: every user of a program's
 * description (codec, dissector, replay, fuzzer) reads the same declarations, and there is no other code per
 * program.
 */
import type { Refinement, Refinements } from '../xdr/refine.ts';
import type { Procedure } from './program.ts';

/**
 * The result is not one value but many, one behind the other: each is a union, and the first whose discriminant is
 * one of `last` ends them. Bool discriminants are 0 and 1.
 */
export interface Repetition {
  readonly last: readonly number[];
}

/**
 * The arguments hold another call: fields of the argument that say which, and the opaque with its arguments; and
 * the field of the result that holds that call's results.
 */
export interface InnerCall {
  readonly program: string;
  readonly version: string;
  readonly procedure: string;
  readonly arguments: string;
  readonly results: string;
}

/**
 * How a value of an operation is shown: the CRC-16 of a state's ID, a length that may mean the end of the file, the
 * bytes that an opaque has, 64 bits in hexadecimal, words of the bits that are set in brackets. Or not a value of its
 * own: the CRC-32 of the file handle that an operation before it named, 0 where none did; nothing then as
 * `known` or as `directory`, which has the name in it behind a slash. Nothing said: as it is.
 */
export type DetailFormat =
  | 'state'
  | 'length'
  | 'size'
  | 'hex'
  | 'current'
  | 'known'
  | 'directory'
  | { readonly bits: readonly (readonly [mask: number, word: string])[] };

/** A field, by its path in an operation, and the word before it where it is shown ('' for none). */
export type Detail = readonly [label: string, path: string, as?: DetailFormat];

/**
 * Arguments and results are arrays of operations: unions whose discriminants name them. What stands for such a
 * message where it is shown in one line.
 */
export interface Compound {
  /** the field of the argument, and of the result, with the operations */
  readonly calls: string;
  readonly results: string;
  /** the field of both that is shown before them, and that of the result with its status, 0 for success */
  readonly tag: string;
  readonly status: string;
  /** what names of operations begin with and what is left out where they are shown ('OP_') */
  readonly prefix: string;
  /** by name: only operations of the least weight in a message are shown; 1 where nothing is declared */
  readonly weights: Readonly<Record<string, number>>;
  /** by name: what is shown behind it in a call */
  readonly details: Readonly<Record<string, readonly Detail[]>>;
  /** by name: what is shown behind it in a reply */
  readonly resultDetails: Readonly<Record<string, readonly Detail[]>>;
  /** by name: what it tells of file handles; the others leave the current one as it is */
  readonly names?: Readonly<Record<string, OperationNaming>>;
}

/** A list in a result, and name and file handle in each entry of it. */
export interface NamedEntries {
  readonly list: string;
  readonly name: string;
  readonly handle: string;
}

/**
 * What a call and its reply tell of the names of file handles, as paths into arguments and results ('' the whole):
 * the directory's handle and the name in it (without a directory the name is a path of its own), and the handle that
 * the result has for it. A path may lead through an opaque that is declared to hold something.
 */
export interface HandleNaming {
  readonly dir?: string;
  readonly name?: string;
  readonly handle?: string;
  readonly entries?: NamedEntries;
  /** the name is gone afterwards */
  readonly removes?: true;
  /** where the name has moved to */
  readonly to?: { readonly dir: string; readonly name: string };
}

/**
 * What an operation of a compound tells of them. Operations work on one current handle, and one may be saved
 * (RFC 7530 section 1.4.1); these follow where both lead. Paths lead into the operation's arguments and results.
 */
export interface OperationNaming {
  /** the handle in the arguments that becomes the current one */
  readonly argument?: string;
  /** what else becomes it: the server's root, the directory above it, the saved one, one that is not known */
  readonly becomes?: 'root' | 'parent' | 'saved' | 'unknown';
  /** the current one is saved */
  readonly saves?: true;
  /** a name in the current directory, at the first of these that is there; what it names becomes current */
  readonly name?: readonly string[];
  /** the name is gone instead */
  readonly removes?: true;
  /** the name is one of the saved directory, and moves to this one of the current directory */
  readonly to?: string;
  /** the current handle, in the result */
  readonly handle?: string;
  /** what is in the current directory */
  readonly entries?: NamedEntries;
}

/**
 * How a value is put into a line: the CRC-32 of a file handle, permissions in octal, a number as if it were signed or
 * in hexadecimal, a number that is not 0, the name of an enum's value that is not 0, a program's name and number, an
 * IP protocol's name, bytes as UTF-8; the words of numbers (nothing for another), those of the bits that are set, or the part `each`
 * of every element. Nothing said: as it is, an enum's value by its name.
 */
export type InfoFormat =
  | 'handle'
  | 'mode'
  | 'signed'
  | 'hex'
  | 'nonzero'
  | 'error'
  | 'program'
  | 'ipproto'
  | 'text'
  | { readonly names: Readonly<Record<number, string>> }
  | { readonly bits: readonly (readonly [mask: number, word: string])[] }
  | { readonly each: string };

/** A value by its path in arguments or results ('' the whole), and what stands before it; neither where it is not. */
export type InfoPart = readonly [before: string, path: string, as?: InfoFormat];

/** What of arguments and of results stands in the line that shows the message. */
export interface Info {
  readonly call?: readonly InfoPart[];
  readonly reply?: readonly InfoPart[];
}

export interface ProcedureDeclarations {
  readonly compound?: Compound;
  readonly info?: Info;
  readonly names?: HandleNaming;
  readonly repeats?: Repetition;
  readonly innerCall?: InnerCall;
}

export interface Declarations {
  /** what procedure names begin with and what is left out where they are shown ('NFSPROC3_'); the first that fits */
  readonly prefixes: readonly string[];
  /** by procedure name; only those with something to declare */
  readonly procedures?: Readonly<Record<string, ProcedureDeclarations>>;
  /**
   * Names under which fields are known elsewhere (tshark's), from a named type, or from 'struct.field', which goes
   * first, to the full field name: 'nfs_fh3.data' to 'nfs.fhandle'.
   */
  readonly aliases?: Readonly<Record<string, string>>;
  /** the alias of file handles, and the field that shows the name which one is known under */
  readonly fileHandle?: { readonly alias: string; readonly path: string };
  /** opaques that hold a value of another type */
  readonly refinements?: readonly Refinement[];
}

/** A procedure with what is declared of it. */
export interface DeclaredProcedure {
  readonly procedure: Procedure;
  readonly declared: ProcedureDeclarations;
  readonly refinements?: Refinements;
}
