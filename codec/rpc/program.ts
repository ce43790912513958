/**
 * An RPC program as described by a `.x` file (RFC 5531 section 12): plain data over XDR types.
 */
import type { XdrType } from '../xdr/types.ts';

/**
 * `args` as declared (empty for void); `argument` is the one type that is on the wire: void for none, the type
 * itself for one, and for several a struct with fields `arg1` to `argN`, as rpcgen -N has it.
 */
export interface Procedure {
  readonly name: string;
  readonly number: number;
  readonly args: readonly XdrType[];
  readonly argument: XdrType;
  readonly result: XdrType;
}

export interface ProgramVersion {
  readonly name: string;
  readonly number: number;
  readonly procedures: readonly Procedure[];
}

export interface Program {
  readonly name: string;
  readonly number: number;
  readonly versions: readonly ProgramVersion[];
}
