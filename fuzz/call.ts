/**
 * A valid call of a procedure, drawn by seed and round or taken from captured ones, and the map of its arguments: what
 * cases are made of. Pure; the same options give the same bytes.
 */
import { type DeclaredProcedure, encodeCall, type OpaqueAuth } from '../codec/rpc/index.ts';
import { type CodecOptions, codecOf, type Rng, randomValue, rngOf } from '../codec/xdr/index.ts';
import type { Corpus } from './corpus.ts';
import { type Edit, edited } from './edit.ts';
import { type PointMap, pointsOf } from './points.ts';
import { seedOf } from './seed.ts';
import type { Step } from './step.ts';

/** A procedure to fuzz, and where it is. */
export interface FuzzProcedure {
  readonly program: number;
  readonly version: number;
  readonly declared: DeclaredProcedure;
}

export interface PlanOptions {
  readonly seed: number;
  readonly procedures: readonly FuzzProcedure[];
  /** messages stand on a stream; false: each is a datagram */
  readonly stream: boolean;
  readonly credential?: OpaqueAuth;
  /** valid traffic and dictionaries to draw from */
  readonly corpus?: Corpus;
  /** false: no code is generated from descriptions (slower) */
  readonly codegen?: boolean;
}

/** One message to send. */
export interface FuzzCase {
  /** 'LEDGER_ECHO.1/0/len.max+1@data': procedure and version, round, family, path */
  readonly id: string;
  /** 'valid' for the call that nothing was done to */
  readonly family: string;
  readonly path: string;
  readonly procedure: FuzzProcedure;
  /** what goes on the wire: a datagram, or a stream's bytes with their record marks */
  readonly bytes: Uint8Array;
  readonly xid: number;
  /** where it is a whole session: what is done, `bytes` and `xid` being those of the step that the family names */
  readonly steps?: readonly Step[];
}

/** A valid call, and the map of its arguments. */
export interface BaseCall {
  readonly procedure: FuzzProcedure;
  readonly message: Uint8Array;
  /** where the arguments begin */
  readonly body: number;
  readonly map: PointMap;
}

/** How much a random value may hold, by round: the first is the everyday one. */
const ELEMENTS = [8, 3, 40, 0] as const;

/** Of so many random values the one with the most to mutate is taken. */
const DRAWS = 4;

/** 'LEDGER_ECHO.1' */
export function procedureId({ declared, version }: FuzzProcedure): string {
  return `${declared.procedure.name}.${version}`;
}

/** The valid call of a round. */
export function baseCall(procedure: FuzzProcedure, round: number, options: PlanOptions): BaseCall {
  const captured = options.corpus?.calls(procedure) ?? [];
  // The first round, of which everything is mutated, has what a client really sent; then both take turns.
  const args = round % 2 === 0 ? captured[(round / 2) % captured.length] : undefined;
  if (args !== undefined) return callWith(procedure, args, options);
  const rng = rngOf(seedOf(options.seed, `${procedureId(procedure)}/${round}`));
  return richest(procedure, options, () =>
    draw(procedure, ELEMENTS[round % ELEMENTS.length] as number, rng, options),
  );
}

const WALKED = Object.freeze({ codegen: false });

/** How the arguments of calls are encoded and decoded. */
export function codecOptions({ codegen }: Pick<PlanOptions, 'codegen'>): CodecOptions | undefined {
  return codegen === false ? WALKED : undefined;
}

/** Random arguments, encoded. */
export function draw(
  { declared }: FuzzProcedure,
  elements: number,
  rng: Rng,
  options: Pick<PlanOptions, 'codegen'>,
): Uint8Array {
  const { argument } = declared.procedure;
  return codecOf(argument, codecOptions(options)).encode(randomValue(argument, rng, { elements }));
}

function richest(procedure: FuzzProcedure, options: PlanOptions, next: () => Uint8Array): BaseCall {
  let best = callWith(procedure, next(), options);
  for (let i = 1; i < DRAWS; i++) {
    const other = callWith(procedure, next(), options);
    if (other.map.points.length > best.map.points.length) best = other;
  }
  return best;
}

/** A call with these arguments, which must be valid. Its xid is still 0. */
export function callWith(procedure: FuzzProcedure, args: Uint8Array, options: PlanOptions): BaseCall {
  const { program, version, declared } = procedure;
  const { credential } = options;
  const init = {
    xid: 0,
    program,
    version,
    procedure: declared.procedure.number,
    ...(credential && { credential }),
  };
  const message = encodeCall(init, args);
  const body = message.length - args.length;
  return { procedure, message, body, map: pointsOf(declared.procedure.argument, message, body) };
}

/** The xid is the case's own, so that its reply can be told from all others of the run. */
export function stamped(
  id: string,
  family: string,
  path: string,
  procedure: FuzzProcedure,
  message: Uint8Array,
  edit: Edit,
  { seed, stream }: PlanOptions,
): FuzzCase {
  const xid = seedOf(seed, id);
  const bytes = edited(message, edit, stream ? MARK : 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 4 + (stream ? MARK : 0)) view.setUint32(stream ? MARK : 0, xid);
  if (stream) view.setUint32(0, (LAST_FRAGMENT | (bytes.length - MARK)) >>> 0);
  return { id, family, path, procedure, bytes, xid };
}

/** A record mark (RFC 5531 section 11): the length, and the bit of the last fragment. */
const MARK = 4;
const LAST_FRAGMENT = 0x80000000;

/** The xid of the first message: behind the record mark on a stream; 0 where there is none. */
export function xidOf(bytes: Uint8Array, stream: boolean): number {
  const off = stream ? MARK : 0;
  if (bytes.length < off + 4) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(off);
}

/** A session as a case; `about`: the step whose bytes are the case's. */
export function caseOfSteps(
  id: string,
  family: string,
  path: string,
  procedure: FuzzProcedure,
  steps: readonly Step[],
  about: number,
  stream: boolean,
): FuzzCase {
  const bytes = (steps[about] ?? steps[0])?.bytes ?? new Uint8Array(0);
  return { id, family, path, procedure, bytes, xid: xidOf(bytes, stream), steps };
}
