/**
 * What `watch` does on a key beside showing: checks edited arguments, calls, replays. Sends to this machine only,
 * unless the user said that the target is theirs. Rejects with an Error whose message is one line for the user.
 */
import { execFile } from 'node:child_process';
import { connectCaller } from '../client/caller.ts';
import type { ProgramTable } from '../codec/programs/index.ts';
import type { DeclaredProcedure } from '../codec/rpc/index.ts';
import { fromJson, isXdrError, loadZod, schemaOf, toJson } from '../codec/xdr/index.ts';
import { isOwnMachine, parseTarget, type Target } from '../transport/target.ts';
import type { CallRequest, Host } from '../tui/app/host.ts';
import { insecureTo } from './insecure.ts';
import { findProcedure } from './procedure-name.ts';

const TIMEOUT_MS = 10_000;
const MAX_OUTPUT_BYTES = 4 << 20;

export interface ActOptions {
  readonly table: ProgramTable;
  /** --i-own-this-target */
  readonly owned: boolean;
  /** further words of every command, as --idl */
  readonly common: readonly string[];
}

export function actions({ table, owned, common }: ActOptions): Pick<Host, 'check' | 'call' | 'command'> {
  const find = ({ program, version, procedure }: CallRequest): DeclaredProcedure =>
    findProcedure(table, `${program}.${version}.${procedure}`).declared;
  return {
    async check(request) {
      try {
        await argumentOf(find(request), request.json);
        return null;
      } catch (e) {
        return (e as Error).message;
      }
    },
    async call(request) {
      const target = parseTarget(request.target);
      permit(target, owned);
      const { procedure, declared } = find(request);
      const argument = await argumentOf({ procedure, declared }, request.json);
      // For the page that shows the answer: a line on standard error would be one across the screen.
      const warnings: string[] = [];
      const tls = insecureTo((text) => warnings.push(text));
      const caller = await connectCaller(target, { timeoutMs: TIMEOUT_MS, tls });
      try {
        const from = performance.now();
        const result = await caller.call(request.program, request.version, procedure, argument, { declared });
        const latencyMs = performance.now() - from;
        const one = (value: unknown) => toJson(procedure.result, value);
        const json = declared.repeats === undefined ? one(result) : (result as unknown[]).map(one);
        return { json: JSON.stringify(json ?? null), latencyMs, warnings };
      } finally {
        caller.close();
      }
    },
    command(words) {
      const to = words[words.indexOf('--to') + 1];
      if (to !== undefined) permit(parseTarget(to), owned);
      const own = owned ? ['--i-own-this-target'] : [];
      const argv = [...process.execArgv, process.argv[1]!, ...words, ...own, ...common];
      return new Promise((resolve) => {
        execFile(process.execPath, argv, { maxBuffer: MAX_OUTPUT_BYTES }, (_error, stdout, stderr) => {
          resolve(`${stdout}${stderr}`);
        });
      });
    },
  };
}

/** The value that a procedure takes: by zod, which is where what people write is held to its type. */
async function argumentOf({ procedure }: DeclaredProcedure, json: string): Promise<unknown> {
  try {
    const value = fromJson(procedure.argument, JSON.parse(json));
    await loadZod();
    const checked = schemaOf(procedure.argument).safeParse(value);
    if (checked.success) return value;
    const [issue] = checked.error.issues;
    throw new Error(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not such a value'}`);
  } catch (e) {
    if (isXdrError(e)) throw new Error(e.path === '' ? e.message : `${e.path}: ${e.message}`, { cause: e });
    if (e instanceof SyntaxError) throw new Error(`not JSON: ${e.message}`, { cause: e });
    throw e;
  }
}

function permit(target: Target, owned: boolean): void {
  if (isOwnMachine(target) || owned) return;
  throw new Error(`${target.host} is not this machine; start watch with --i-own-this-target`);
}
