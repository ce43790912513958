/**
 * `replay --mutate call=N,field=PATH`: one call of the session goes through the fuzzer's mutators, its answer is held
 * to what RFC 5531 allows for such bytes instead of to the recording, and the session goes on. Joins replay, which
 * knows the session, with fuzz, which knows what can be wrong with a message. Throws CliError.
 */
import { randomInt } from 'node:crypto';
import { quoteShell } from '../codec/escape/index.ts';
import type { ProgramTable } from '../codec/programs/table.ts';
import { applyEdit } from '../fuzz/edit.ts';
import { servedOf } from '../fuzz/index.ts';
import { expectBytes, type JudgeRules, judge } from '../fuzz/judge.ts';
import { mutateCall } from '../fuzz/mutate-call.ts';
import { mutateValue } from '../fuzz/mutate-value.ts';
import type { Mutation } from '../fuzz/mutation.ts';
import { outcomesText, readReply } from '../fuzz/outcome.ts';
import { pointsOf } from '../fuzz/points.ts';
import { seedOf } from '../fuzz/seed.ts';
import type { Bodies, Mutated, Mutator, Plan, PlannedCall, RecordedCall } from '../replay/index.ts';
import { CliError } from './errors.ts';

/** `field`: as differences are named, without `args.`; `header` for all before the arguments. */
export interface MutateSpec {
  readonly call: number;
  readonly field: string;
  /** the family with its argument, 'len.2^31'; undefined: one by the seed */
  readonly family: string | undefined;
  readonly seed: number;
}

const HEADER = 'header';
/** What a mutation may add: a datagram still holds it. */
const MOST_BYTES = 60_000;
const MAX_NAMED = 40;

export function mutateSpec(text: string): MutateSpec {
  const given = new Map<string, string>();
  for (const part of text.split(',')) {
    const [, name = '', value = ''] = /^(call|field|case|seed)=(.+)$/.exec(part) ?? [];
    if (name === '' || given.has(name)) return refuse(text);
    given.set(name, value);
  }
  const [call, field, seed] = [given.get('call') ?? '', given.get('field'), given.get('seed')];
  if (!/^[1-9]\d{0,8}$/.test(call) || field === undefined) return refuse(text);
  if (seed !== undefined && !/^\d{1,9}$/.test(seed)) return refuse(text);
  return {
    call: Number(call),
    field: field
      .replace(/^\//, '')
      .replaceAll('/', '.')
      .replace(/^args\./, ''),
    family: given.get('case'),
    seed: seed === undefined ? randomInt(1e9) : Number(seed),
  };
}

function refuse(text: string): never {
  throw new CliError('--mutate', `"${text}" is not call=N,field=PATH`, {
    hint: 'case=ID and seed=N may follow; call N is as --report and --calls number them',
  });
}

export interface Mutations {
  readonly mutate: Mutator;
  /** what will be done, a line for each, with what repeats it */
  readonly lines: readonly string[];
}

/** Chooses a mutation for each spec, by the recorded call, before anything is sent. */
export function mutationsFor(
  specs: readonly MutateSpec[],
  plan: Plan,
  bodies: Bodies,
  table: ProgramTable,
): Mutations {
  const chosen = new Map<number, string>();
  const lines: string[] = [];
  for (const spec of specs) {
    const planned = plannedCall(spec, plan);
    const all = mutationsOf(planned.call, planned.message, planned.bodyOff, bodies);
    const { id } = choose(spec, all);
    if (chosen.has(spec.call)) throw new CliError('--mutate', `call ${spec.call} twice`);
    chosen.set(spec.call, id);
    const again = `--mutate ${quoteShell(`call=${spec.call},field=${spec.field},case=${id}`)}`;
    lines.push(`mutates call ${spec.call} ${bodies.name(planned.call)}: ${id} at ${spec.field} (${again})`);
  }
  const byCall = new Map(specs.map((spec) => [spec.call, spec]));
  const mutate: Mutator = (call, message, bodyOff) => {
    const spec = byCall.get(call.number);
    if (spec === undefined) return null;
    // the target's own names are in it now, so lengths may be others
    const all = mutationsOf(call, message, bodyOff, bodies);
    const family = chosen.get(call.number)!;
    const mutation = choose({ ...spec, family }, all);
    return mutated(call, applyEdit(message, mutation.edit), `${family} at ${spec.field}`, table);
  };
  return { mutate, lines };
}

function plannedCall({ call: number }: MutateSpec, plan: Plan): PlannedCall {
  const planned = plan.calls.find(({ call }) => call.number === number);
  if (planned === undefined) throw new CliError('--mutate', `there is no call ${number}`);
  if (planned.unsent !== null) throw new CliError('--mutate', `call ${number} is not sent`);
  if (planned.bodyOff < 0) throw new CliError('--mutate', `call ${number} is malformed as it is`);
  return planned;
}

function mutationsOf(call: RecordedCall, message: Uint8Array, bodyOff: number, bodies: Bodies): Mutation[] {
  const header = [...mutateCall(message, bodyOff)].map((one) =>
    one.path === '' || one.path.startsWith('+') ? { ...one, path: HEADER } : one,
  );
  const procedure = bodies.procedure(call);
  if (procedure === null || bodies.args(call, message, bodyOff) === null) return header;
  const map = pointsOf(procedure.procedure.argument, message, bodyOff);
  return [...mutateValue(message, bodyOff, map, { most: MOST_BYTES }), ...header];
}

function choose({ call, field, family, seed }: MutateSpec, all: readonly Mutation[]): Mutation {
  const here = all.filter(({ path }) => path === field);
  if (here.length === 0) {
    const fields = [...new Set(all.map(({ path }) => path))].filter((path) => !/^\+|^$/.test(path));
    throw new CliError('--mutate', `call ${call} has no field ${field}`, {
      hint: `there are ${named(fields)}`,
    });
  }
  if (family === undefined) return here[seedOf(seed, `${call}/${field}`) % here.length]!;
  const found = here.find(({ id }) => id === family);
  if (found !== undefined) return found;
  throw new CliError('--mutate', `no case ${family} for ${field}`, {
    hint: `there are ${named([...new Set(here.map(({ id }) => id))])}`,
  });
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).join(', ');
  return names.length > MAX_NAMED ? `${shown} and ${names.length - MAX_NAMED} more` : shown;
}

/** The recording cannot say what such bytes are answered with; RFC 5531 and the description do. */
function mutated(call: RecordedCall, message: Uint8Array, what: string, table: ProgramTable): Mutated {
  // what the valid call got, it may get again: no access, no such procedure
  const usual = call.reply === null ? 0 : readReply(call.reply.bytes, null).outcome;
  const rules: JudgeRules = {
    served: servedOf(table, [call.program]),
    profile: 'lenient',
    stream: false,
    others: () => usual,
    lateMs: Number.POSITIVE_INFINITY,
  };
  const expected = expectBytes(message, rules);
  return {
    message,
    judge(reply, closed) {
      const fault = judge(expected, { reply, closed, milliseconds: 0 }, rules);
      if (fault !== null) return { verdict: 'changed', note: `${what}: ${fault.detail}` };
      const got = reply === null ? (closed ? 'CLOSED' : 'SILENCE') : outcomeName(reply);
      return { verdict: 'same', note: `${what}: ${got}, as may be (${outcomesText(expected.allowed)})` };
    },
  };
}

function outcomeName(reply: Uint8Array): string {
  return outcomesText(readReply(reply, null).outcome);
}
