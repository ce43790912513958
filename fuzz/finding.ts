/**
 * A finding as data: what was wrong, in which bucket, and the bytes that show it. Written as JSON and read back; what
 * is read was somebody's file, and is checked by zod. `parseFinding` throws FindingError.
 */
import { createHash } from 'node:crypto';
import { loadZod } from '../codec/xdr/index.ts';
import type { Profile } from './expect.ts';
import type { Fault } from './judge.ts';
import { type FuzzCase, procedureId } from './plan.ts';
import type { Act, Change } from './step.ts';

export const FORMAT = 'oncilla-fuzz-finding/1';

export interface Finding {
  readonly format: typeof FORMAT;
  /** of its bucket and its mutation: the same bug found again has the same */
  readonly id: string;
  /** where it was found, as a URL; null where nobody said */
  readonly target: string | null;
  /** oracle, procedure and the shape of what came: one bug, one bucket */
  readonly bucket: string;
  readonly oracle: string;
  readonly detail: string;
  readonly seed: number;
  readonly case: string;
  readonly program: number;
  readonly version: number;
  readonly procedure: string;
  readonly transport: 'stream' | 'datagram';
  readonly profile: Profile;
  /** whether it was seen a second time, alone */
  readonly confirmed: boolean;
  /** cases of the run in this bucket */
  readonly count: number;
  /** hex: what another connection sends before, where that matters */
  readonly prime: readonly string[];
  /** hex: what is sent, in order, on one connection; and the reply to the last, null where none came */
  readonly messages: readonly string[];
  readonly reply: string | null;
  /** what is done, in order, where that is more than one message; the last shows the fault, or the server is gone after it */
  readonly steps?: readonly FindingStep[];
}

/** A step as fuzz/step.ts has it: `bytes` in hex, the procedure by its id, what is carried in by its path in a result. */
export interface FindingStep {
  readonly on: number;
  readonly act: Act;
  readonly bytes: string;
  readonly procedure: string | null;
  readonly carry: readonly {
    readonly from: number;
    readonly off: number;
    readonly len: number;
    readonly path: string;
    readonly change?: Change;
  }[];
}

export class FindingError extends Error {
  override readonly name = 'FindingError';
}

export function bucketOf(one: Pick<FuzzCase, 'procedure'>, fault: Fault): string {
  const where = fault.general ? 'any' : procedureId(one.procedure);
  return `${fault.oracle} ${where} ${fault.shape}`;
}

/** What of a finding is known when it is made. */
export interface FindingInit {
  readonly fault: Fault;
  readonly seed: number;
  readonly target?: string;
  readonly profile: Profile;
  readonly stream: boolean;
  readonly confirmed: boolean;
  readonly prime?: readonly Uint8Array[];
  readonly messages: readonly Uint8Array[];
  readonly reply: Uint8Array | null;
  readonly steps?: readonly FindingStep[];
}

export function newFinding(one: FuzzCase, init: FindingInit): Finding {
  const bucket = bucketOf(one, init.fault);
  const id = createHash('sha256').update(`${bucket}\n${one.family}\n${one.path}`).digest('hex').slice(0, 12);
  const { program, version, declared } = one.procedure;
  return {
    format: FORMAT,
    id,
    target: init.target ?? null,
    bucket,
    oracle: init.fault.oracle,
    detail: init.fault.detail,
    seed: init.seed,
    case: one.id,
    program,
    version,
    procedure: declared.procedure.name,
    transport: init.stream ? 'stream' : 'datagram',
    profile: init.profile,
    confirmed: init.confirmed,
    count: 1,
    prime: (init.prime ?? []).map(hex),
    messages: init.messages.map(hex),
    reply: init.reply === null ? null : hex(init.reply),
    ...(init.steps && { steps: init.steps }),
  };
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** An id is the name of a file, and must be nothing more. */
export const FINDING_ID = /^[0-9a-f]{12}$/;

/** Most bytes of one message of a finding. */
const MOST_HEX = 2 * (8 << 20);

/** Most steps of a session that is a finding. */
const MOST_STEPS = 4096;

/** A finding from its file's text. */
export async function parseFinding(text: string): Promise<Finding> {
  const z = await loadZod();
  const bytes = z
    .string()
    .regex(/^(?:[0-9a-f]{2})*$/)
    .max(MOST_HEX);
  const index = z.number().int().min(0).max(MOST_HEX);
  const schema = z.object({
    format: z.literal(FORMAT),
    id: z.string().regex(FINDING_ID),
    target: z.string().nullable().default(null),
    bucket: z.string(),
    oracle: z.string(),
    detail: z.string(),
    seed: z.number().int().min(0).max(0xffffffff),
    case: z.string(),
    program: z.number().int().min(0).max(0xffffffff),
    version: z.number().int().min(0).max(0xffffffff),
    procedure: z.string(),
    transport: z.enum(['stream', 'datagram']),
    profile: z.enum(['strict', 'lenient']),
    confirmed: z.boolean(),
    count: z.number().int().min(1),
    prime: z.array(bytes).max(64),
    messages: z.array(bytes).max(MOST_STEPS),
    reply: bytes.nullable(),
    steps: z
      .array(
        z.object({
          on: z.number().int().min(0).max(MOST_STEPS),
          act: z.enum(['call', 'send', 'hold', 'drip', 'open', 'deaf', 'end', 'reset', 'kill']),
          bytes,
          procedure: z.string().nullable(),
          carry: z
            .array(
              z.object({
                from: index,
                off: index,
                len: index,
                path: z.string().max(1024),
                change: z.enum(['flip', 'zero', 'ones']).exactOptional(),
              }),
            )
            .max(64),
        }),
      )
      .max(MOST_STEPS)
      .exactOptional(),
  });
  return checkJson(text, (json) => schema.safeParse(json), 'no finding');
}

/** What zod says of a value: its data, or what is wrong. */
interface Checked<T> {
  readonly success: boolean;
  readonly data?: T;
  readonly error?: {
    readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
  };
}

/** JSON text as a schema has it. Throws FindingError with the first thing that is wrong. */
export function checkJson<T>(text: string, check: (json: unknown) => Checked<T>, otherwise: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (e) {
    throw new FindingError(`not JSON: ${(e as Error).message}`);
  }
  const { success, data, error } = check(json);
  if (success) return data as T;
  const [issue] = error?.issues ?? [];
  throw new FindingError(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? otherwise}`);
}
