/**
 * Arguments and results of PDUs as JSON values, by their program's description: what `--calls` shows. Also behind
 * RPCSEC_GSS where the service leaves them in the clear. What cannot be decoded is told by code, offset in the
 * message, and path; nothing throws.
 */
import type { ProgramTable } from '../../codec/programs/index.ts';
import {
  type BodyOptions,
  type DeclaredProcedure,
  type DecodedBody,
  decodeArguments,
  decodeResult,
  flavorName,
  GssService,
  gssControl,
  gssFlavor,
  gssSealsBody,
  locateGssBody,
  newGssBody,
  type Procedure,
} from '../../codec/rpc/index.ts';
import {
  codecOf,
  isXdrError,
  jsonText,
  type LenientNote,
  type TextTarget,
  type ToJsonOptions,
  writeJsonText,
  type XdrType,
} from '../../codec/xdr/index.ts';
import type { Pdu } from '../session/pdu.ts';
import { GssContexts } from '../tree/gss-contexts.ts';
import type { Programs } from '../tree/programs.ts';
import { type Body, type CallDecoder, type JsonPrinter, type Malformed, NO_JSON } from './calls.ts';

const RPCSEC_GSS = 6;

/** Gives the JSON text, or what prints it. */
type Decode = (off: number, end: number, options: BodyOptions) => string | JsonPrinter;

/** Arguments are kept as bytes from this size on. What is smaller is kept as text, which is little then. */
const KEPT_AS_BYTES = 512;

export class BodyDecoder implements CallDecoder {
  readonly #programs: Programs;
  readonly #table: ProgramTable;
  readonly #options: BodyOptions;
  readonly #gss = newGssBody();
  readonly #contexts = new GssContexts();

  constructor(programs: Programs, table: ProgramTable, codegen: boolean) {
    this.#programs = programs;
    this.#table = table;
    const lookup = (program: number, version: number, procedure: number) =>
      table.procedure(program, version, procedure);
    this.#options = Object.freeze({ lookup, bytes: 'view', codegen } as const);
  }

  programName(program: number): string | null {
    return this.#programs.column(program) ?? null;
  }

  procedureName(program: number, version: number, procedure: number): string | null {
    const name = this.#programs.procedure(program, version, procedure);
    if (name !== `proc-${procedure}`) return name;
    return this.#table.procedureName(program, version, procedure) ?? null;
  }

  /** A GSS call by the flavor that users know, `krb5i`, where the making of its context was seen. */
  authName(flavor: number, pdu: Pdu | null): string {
    const mechanism = pdu === null ? null : this.#contexts.mechanismOf(pdu);
    const gss = mechanism === null ? null : gssFlavor(mechanism, pdu?.call?.gssService ?? 0);
    if (gss !== null) return gss;
    return flavorName(flavor) ?? String(flavor);
  }

  words(pdu: Pdu): string {
    return this.#programs.operations(pdu).trim();
  }

  args(pdu: Pdu, off: number, end: number, printed = false): Body {
    this.#contexts.note(pdu, 0);
    const control = controlOf(pdu);
    if (control !== undefined) {
      return this.#inClear(pdu, off, end, (at, to, o) => value(control.argument, pdu, at, to, o));
    }
    const found = this.#table.procedure(pdu.program, pdu.version, pdu.procedure);
    if (found === undefined) return unknown(pdu, off, end);
    return this.#inClear(pdu, off, end, (at, to, options) => {
      const { argument } = found.procedure;
      const body = decodeArguments(found, pdu.buf, at, to, options);
      if (!printed || to - at < KEPT_AS_BYTES) return jsonText(argument, body.value, refining(found));
      const kept = Buffer.from(pdu.buf.subarray(at, to));
      const { value } = decodeArguments(found, kept, 0, kept.length, options);
      return printerOf(kept.length, (out) => writeJsonText(out, argument, value, refining(found)));
    });
  }

  result(pdu: Pdu, off: number, end: number, printed = false): Body {
    this.#contexts.note(pdu, 0);
    const control = controlOf(pdu);
    if (control !== undefined) {
      return this.#inClear(pdu, off, end, (at, to, o) => value(control.result, pdu, at, to, o));
    }
    const found = this.#table.procedure(pdu.program, pdu.version, pdu.procedure);
    if (found === undefined) return unknown(pdu, off, end);
    return this.#inClear(pdu, off, end, (at, to, options) => {
      const body = decodeResult(found, pdu.buf, at, to, options);
      if (!printed) return resultJson(found, body);
      return printerOf(0, (out) => writeResult(out, found, body));
    });
  }

  /** Finds the arguments or results in a sealed body, if they are in the clear, and decodes them. */
  #inClear(pdu: Pdu, off: number, end: number, decode: Decode): Body {
    const call = pdu.call;
    if (call === null || call.flavor !== RPCSEC_GSS) return this.#decode(pdu, off, end, decode);
    const service = gssSealsBody(call.gssProcedure, end - off) ? call.gssService : GssService.NONE;
    const gss = locateGssBody(pdu.view, off, end, service, this.#gss);
    if (gss.argsOff >= 0) return this.#decode(pdu, gss.argsOff, gss.argsEnd, decode);
    const code = service === GssService.PRIVACY && gss.complete ? 'SEALED' : 'TRUNCATED';
    return { json: NO_JSON, malformed: [{ code, offset: off - pdu.off, path: '' }] };
  }

  /** Strictly first, which is fast; what is refused again leniently, which tells what was wrong and may go on. */
  #decode(pdu: Pdu, off: number, end: number, decode: Decode): Body {
    try {
      return bodyOf(decode(off, end, this.#options), NONE);
    } catch (e) {
      if (!isXdrError(e)) throw e;
    }
    const malformed: Malformed[] = [];
    const onNote = (note: LenientNote) => {
      malformed.push({ code: note.code, offset: note.offset - pdu.off, path: note.path });
    };
    try {
      return bodyOf(decode(off, end, { ...this.#options, lenient: true, onNote }), malformed);
    } catch (e) {
      if (!isXdrError(e)) throw e;
      malformed.push({ code: e.code, offset: e.offset - pdu.off, path: e.path });
      return { json: NO_JSON, malformed };
    }
  }
}

const NONE: readonly Malformed[] = [];

function bodyOf(text: string | JsonPrinter, malformed: readonly Malformed[]): Body {
  return typeof text === 'string' ? { json: text, malformed } : { json: NO_JSON, printer: text, malformed };
}

function printerOf(size: number, print: JsonPrinter['print']): JsonPrinter {
  return { size, print };
}

/** Nobody described the procedure. */
function unknown(pdu: Pdu, off: number, end: number): Body {
  return {
    json: NO_JSON,
    malformed: off < end ? [{ code: 'NO_TYPE', offset: off - pdu.off, path: '' }] : [],
  };
}

/** Control messages carry GSS's own arguments and results, whatever procedure the call names. */
function controlOf(pdu: Pdu): Procedure | undefined {
  const call = pdu.call;
  return call === null || call.flavor !== RPCSEC_GSS ? undefined : gssControl(call.gssProcedure);
}

function value(type: XdrType, pdu: Pdu, off: number, end: number, options: BodyOptions): string {
  return jsonText(type, codecOf(type, options).decode(pdu.buf, off, end));
}

function writeResult(out: TextTarget, found: DeclaredProcedure, body: DecodedBody): void {
  const { result } = found.procedure;
  const options = refining(found);
  if (found.declared.repeats === undefined) {
    writeJsonText(out, result, body.value, options);
    return;
  }
  let before = '[';
  for (const one of body.value as unknown[]) {
    out.text(before);
    writeJsonText(out, result, one, options);
    before = ',';
  }
  out.text(before === '[' ? '[]' : ']');
}

function resultJson(found: DeclaredProcedure, body: DecodedBody): string {
  const { result } = found.procedure;
  const options = refining(found);
  if (found.declared.repeats === undefined) return jsonText(result, body.value, options);
  return `[${(body.value as unknown[]).map((one) => jsonText(result, one, options)).join(',')}]`;
}

function refining({ refinements }: DeclaredProcedure): ToJsonOptions {
  return refinements === undefined ? {} : { refinements };
}
