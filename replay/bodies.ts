/**
 * Arguments and results of recorded and received messages as typed values, by their program's description. What
 * cannot be decoded is null: its bytes are compared, and sent as they are. Never throws for bytes.
 */
import { findProgram, type ProgramTable } from '../codec/programs/index.ts';
import {
  AuthFlavor,
  type DeclaredProcedure,
  decodeArguments,
  decodeResult,
  encodeResult,
  GssService,
  gssSealsBody,
  locateGssBody,
  newGssBody,
} from '../codec/rpc/index.ts';
import { codecOf, isXdrError, type Json, toJson, type XdrType } from '../codec/xdr/index.ts';
import type { RecordedCall } from './recorded-session.ts';

const MAX_NAMES = 4096;

/** Which procedure a message is of. */
export type Numbered = Pick<RecordedCall, 'program' | 'version' | 'procedure'>;

/** Decoded bodies hold copies: they outlive what they came from. */
export class Bodies {
  readonly #table: ProgramTable;
  readonly #codegen: boolean;
  readonly #names = new Map<string, string>();
  /** calls come in runs */
  #last: Numbered & { readonly name: string } = { program: -1, version: -1, procedure: -1, name: '' };

  constructor(table: ProgramTable, codegen = true) {
    this.#table = table;
    this.#codegen = codegen;
  }

  /** 'NFS.GETATTR', or numbers where nobody described it. */
  name(call: Numbered): string {
    const { program, version, procedure } = call;
    const last = this.#last;
    if (last.program === program && last.version === version && last.procedure === procedure)
      return last.name;
    const key = `${program}.${version}.${procedure}`;
    let name = this.#names.get(key);
    if (name === undefined) {
      const known = findProgram(program)?.column ?? this.#described(program) ?? program;
      name = `${known}.${this.#table.procedureName(program, version, procedure) ?? procedure}`;
      // made-up procedure numbers must not fill the memory
      if (this.#names.size < MAX_NAMES) this.#names.set(key, name);
    }
    this.#last = { program, version, procedure, name };
    return name;
  }

  #described(program: number): string | undefined {
    return this.#table.programs().find(({ number }) => number === program)?.name;
  }

  procedure(call: Numbered): DeclaredProcedure | null {
    return this.#table.procedure(call.program, call.version, call.procedure) ?? null;
  }

  args(call: Numbered, bytes: Uint8Array, off: number): unknown {
    const found = this.procedure(call);
    if (found === null) return null;
    return attempt(() => decodeArguments(found, bytes, off, bytes.length, { codegen: this.#codegen }).value);
  }

  encodeArgs(call: Numbered, value: unknown): Uint8Array {
    const found = this.procedure(call);
    if (found === null) throw new TypeError('no description to encode by');
    return codecOf(found.procedure.argument, { codegen: this.#codegen }).encode(value);
  }

  encodeResults(call: Numbered, value: unknown): Uint8Array {
    const found = this.procedure(call);
    if (found === null) throw new TypeError('no description to encode by');
    return encodeResult(found, value, { codegen: this.#codegen });
  }

  /** For a result that repeats, an array of its elements. */
  result(call: Numbered, bytes: Uint8Array, off: number): unknown {
    const found = this.procedure(call);
    if (found === null) return null;
    return attempt(() => decodeResult(found, bytes, off, bytes.length, { codegen: this.#codegen }).value);
  }

  /** As every command shows it, with what opaques are declared to hold. */
  json(call: Numbered, part: 'argument' | 'result', value: unknown): Json {
    const found = this.procedure(call);
    if (found === null) return null;
    const type = found.procedure[part];
    const options = found.refinements === undefined ? {} : { refinements: found.refinements };
    if (part === 'argument' || found.declared.repeats === undefined) return toJson(type, value, options);
    return (value as unknown[]).map((one) => toJson(type, one, options));
  }

  /** The type of a result's value, and the values of that type in it. */
  results(call: Numbered, value: unknown): { type: XdrType; values: readonly unknown[] } | null {
    const found = this.procedure(call);
    if (found === null || value === null) return null;
    const repeats = found.declared.repeats !== undefined;
    return { type: found.procedure.result, values: repeats ? (value as unknown[]) : [value] };
  }
}

function attempt(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    if (!isXdrError(error)) throw error;
    return null;
  }
}

/** How far GSS lets the arguments be seen: where they are in the clear, else why not. */
export function clearArguments(call: RecordedCall): { off: number; end: number } | 'sealed' | 'control' {
  const { bytes, bodyOff } = call;
  if (call.flavor !== AuthFlavor.RPCSEC_GSS) {
    return call.flavor === AuthFlavor.GSSAPI ? 'sealed' : { off: bodyOff, end: bytes.length };
  }
  if (!gssSealsBody(call.gssProcedure, 0)) return 'control';
  return rangeIn(call, bytes, bodyOff) ?? 'sealed';
}

/** A recorded result without what GSS put around it; as it is where GSS lets nothing be seen. */
export function clearResults(call: RecordedCall, body: Uint8Array): Uint8Array {
  if (call.flavor !== AuthFlavor.RPCSEC_GSS || !gssSealsBody(call.gssProcedure, body.length)) return body;
  const range = rangeIn(call, body, 0);
  return range === null ? body : body.subarray(range.off, range.end);
}

/** Whether a credential of this flavor belongs to one call at one time: it cannot be sent again. */
export function isSealing(flavor: number): boolean {
  const { RPCSEC_GSS, DES, KERB, GSSAPI } = AuthFlavor;
  return flavor === RPCSEC_GSS || flavor === DES || flavor === KERB || flavor === GSSAPI;
}

function rangeIn({ gssService }: RecordedCall, bytes: Uint8Array, off: number) {
  if (gssService === GssService.NONE) return { off, end: bytes.length };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { argsOff, argsEnd } = locateGssBody(view, off, bytes.length, gssService, newGssBody());
  return argsOff < 0 ? null : { off: argsOff, end: argsEnd };
}
