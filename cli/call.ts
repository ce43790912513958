/**
 * `oncilla call`: one procedure of any program that is described, called once with its reply as JSON, or many times
 * to measure. Status 1 for an RPC error reply, 3 for a target that is not reached or does not answer.
 */
import { type Caller, connectCaller } from '../client/caller.ts';
import { ProgramTable } from '../codec/programs/table.ts';
import type { Procedure } from '../codec/rpc/index.ts';
import { fromJson, isXdrError, type Json, resolve, toJson } from '../codec/xdr/index.ts';
import { isOwnMachine, parseTarget, type Target } from '../transport/target.ts';
import type { Arguments } from './arguments.ts';
import { callFailure } from './call-failure.ts';
import { readInput } from './cases.ts';
import type { Command, Io } from './command.ts';
import { AUTH_CHOICES, credentialFor } from './credential.ts';
import { CliError, EXIT_INTERRUPTED, EXIT_NEGATIVE, EXIT_OK, EXIT_UNREACHABLE } from './errors.ts';
import { IDL_OPTIONS } from './idl-option-table.ts';
import { loadIdl } from './idl-options.ts';
import { insecureAloud } from './insecure.ts';
import { MAX_COUNT, type Measured, measure, measuredText } from './measure.ts';
import { findProcedure, type NamedProcedure } from './procedure-name.ts';
import { Progress } from './progress.ts';

export const call: Command = {
  name: 'call',
  describe: 'call a procedure of an RPC program, or measure how fast it answers',
  usage: 'call TARGET PROC [JSON | -]',
  options: {
    ...IDL_OPTIONS,
    auth: { value: 'FLAVOR', choices: AUTH_CHOICES, describe: 'credential: none (default) or sys' },
    'source-port': { value: 'PORT', describe: 'call from this port; reserved: from a free one below 1024' },
    timeout: { value: 'SECONDS', describe: 'give up a connection or a call after so long (10)' },
    count: { value: 'N', minimum: 1, describe: 'make so many calls and print how fast they were' },
    concurrency: { value: 'C', minimum: 1, describe: 'with --count: so many calls at once (1)' },
    'i-own-this-target': { describe: 'allow --count on a target off this machine' },
  },
  run,
};

const DEFAULT_TIMEOUT_S = 10;
const MAX_TIMEOUT_S = 86_400;
const MAX_CONCURRENCY = 4096;

async function run(args: Arguments, io: Io): Promise<number> {
  const [url, name, json] = args.positionals;
  if (url === undefined || name === undefined || args.positionals.length > 3) {
    throw new CliError('call', 'needs TARGET PROC [JSON]');
  }
  const target = targetOf(url);
  const found = findProcedure(await programs(args), name);
  const argument = await argumentOf(found.declared.procedure, json, args, io);
  const count = args.integer('count');
  if (count !== undefined) permit(target, count, args);
  const caller = await reach(url, target, args, io);
  try {
    if (count !== undefined) return await repeat(caller, found, argument, count, args, io);
    const result = await once(caller, found, argument, io);
    io.stdout.write(`${JSON.stringify(result)}\n`);
    return EXIT_OK;
  } catch (e) {
    if (io.interrupt.aborted) return EXIT_INTERRUPTED;
    throw callFailure(name, e);
  } finally {
    caller.close();
  }
}

function targetOf(url: string): Target {
  try {
    return parseTarget(url);
  } catch (e) {
    throw callFailure('call', e);
  }
}

async function programs(args: Arguments): Promise<ProgramTable> {
  const table = new ProgramTable();
  for (const module of loadIdl(args)) for (const program of module.programs) table.add(program);
  await table.loadAll();
  return table;
}

async function reach(url: string, target: Target, args: Arguments, io: Io): Promise<Caller> {
  const credential = credentialFor(args.text('auth') ?? 'none');
  const sourcePort = sourcePortOf(args.text('source-port'));
  try {
    return await connectCaller(target, {
      timeoutMs: secondsOf(args.text('timeout')) * 1000,
      signal: io.interrupt,
      tls: insecureAloud(io),
      ...(credential !== undefined && { credential }),
      ...(sourcePort !== undefined && { sourcePort }),
      outstanding: MAX_CONCURRENCY,
    });
  } catch (e) {
    if (io.interrupt.aborted) throw new CliError(url, 'interrupted', { status: EXIT_INTERRUPTED });
    throw callFailure(url, e);
  }
}

async function argumentOf(
  procedure: Procedure,
  json: string | undefined,
  args: Arguments,
  io: Io,
): Promise<unknown> {
  const { argument, name } = procedure;
  if (json === undefined) {
    if (resolve(argument).kind === 'void') return undefined;
    throw new CliError(name, 'needs its arguments as JSON', { hint: shapeOf(procedure) });
  }
  const text = json === '-' ? Buffer.from(await readInput('-', io)).toString('utf8') : json;
  if (resolve(argument).kind === 'void') {
    if (/^\s*(?:null)?\s*$/.test(text)) return undefined;
    throw new CliError(name, 'takes no arguments');
  }
  try {
    return fromJson(argument, JSON.parse(text), { codegen: !args.has('no-codegen') });
  } catch (e) {
    if (e instanceof SyntaxError) throw new CliError(name, `not JSON: ${e.message}`);
    if (!isXdrError(e)) throw e;
    throw new CliError(name, `${e.path === '' ? '' : `${e.path}: `}${e.message}`, {
      hint: shapeOf(procedure),
      cause: e,
    });
  }
}

/** 'arguments: {"dirpath": …}': the names on the outermost level. */
function shapeOf({ argument }: Procedure): string {
  const type = resolve(argument);
  if (type.kind === 'struct')
    return `arguments: {${type.fields.map((f) => JSON.stringify(f.name)).join(', ')}}`;
  if (type.kind === 'union') return `arguments: a union {"${type.discriminant.name}", …}`;
  return `arguments: ${type.kind}`;
}

async function once(caller: Caller, found: NamedProcedure, argument: unknown, io: Io): Promise<Json> {
  const { procedure, declared } = found.declared;
  const options = { signal: io.interrupt, declared };
  const result = await caller.call(found.program, found.version, procedure, argument, options);
  if (declared.repeats === undefined) return toJson(procedure.result, result);
  return (result as unknown[]).map((one) => toJson(procedure.result, one));
}

async function repeat(
  caller: Caller,
  found: NamedProcedure,
  argument: unknown,
  count: number,
  args: Arguments,
  io: Io,
): Promise<number> {
  const { procedure, declared } = found.declared;
  const concurrency = Math.min(args.integer('concurrency') ?? 1, MAX_CONCURRENCY);
  const { program, version } = found;
  io.stderr.write(
    `oncilla: ${count} calls of ${procedure.name} (program ${program} version ${version}), ${concurrency} at once\n`,
  );
  // Closing fails every call at once; a listener for each of thousands would cost more than the calls.
  io.interrupt.addEventListener('abort', () => caller.close(), { once: true });
  const progress = new Progress(io.stderr, 'calls', count);
  const measured = await measure(() => caller.call(program, version, procedure, argument, { declared }), {
    count,
    concurrency,
    signal: io.interrupt,
    now: () => performance.now(),
    onCall: (done) => progress.update(done, done),
  });
  progress.clear();
  io.stdout.write(measuredText(measured));
  return measuredStatus(measured, io);
}

function measuredStatus({ errors }: Measured, io: Io): number {
  if (io.interrupt.aborted) return EXIT_INTERRUPTED;
  if (errors.has('CLOSED') || errors.has('TIMEOUT')) return EXIT_UNREACHABLE;
  return errors.size > 0 ? EXIT_NEGATIVE : EXIT_OK;
}

/** Load is for targets of one's own. */
function permit(target: Target, count: number, args: Arguments): void {
  if (count > MAX_COUNT) throw new CliError('--count', `at most ${MAX_COUNT}`);
  if (isOwnMachine(target) || args.has('i-own-this-target')) return;
  throw new CliError('--count', `${target.host} is not this machine`, {
    hint: '--i-own-this-target says that you may load it',
  });
}

export function secondsOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TIMEOUT_S;
  const seconds = Number(text);
  if (!/^\d+(?:\.\d+)?$/.test(text) || seconds <= 0 || seconds > MAX_TIMEOUT_S) {
    throw new CliError('--timeout', `"${text}" is no number of seconds`);
  }
  return seconds;
}

function sourcePortOf(text: string | undefined): number | 'reserved' | undefined {
  if (text === undefined || text === 'reserved') return text;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new CliError('--source-port', `"${text}" is neither a port nor "reserved"`);
  }
  return port;
}
