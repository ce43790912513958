/**
 * `oncilla fuzz --in-process WHAT`: inputs guided by coverage, run inside this process: through our own decoders of a
 * program (`codec`), through the dissector (`inspect`), or through the function `fuzz` of a module. Status 1 for
 * findings; each is kept as the input it is of, and `--case FILE` runs that input alone.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { escapeTerminal, quoteShell } from '../codec/escape/index.ts';
import { encodeCall, encodeReply } from '../codec/rpc/index.ts';
import type { XdrType } from '../codec/xdr/index.ts';
import {
  type CorpusBuilder,
  type CorpusCall,
  codecTarget,
  type Execute,
  fuzzInProcess,
  type InProcessFinding,
  type InProcessOptions,
  inspectTarget,
} from '../fuzz/index.ts';
import type { Arguments } from './arguments.ts';
import type { Io } from './command.ts';
import { CliError, EXIT_INTERRUPTED, EXIT_NEGATIVE, EXIT_OK, systemReason } from './errors.ts';
import { describedProgram, wantedProcedures } from './fuzz-options.ts';
import { savePrivate } from './fuzz-results.ts';
import { boundsOf, corpusOf, DEFAULT_OUT, seedOption } from './fuzz-target.ts';
import { Progress } from './progress.ts';

/** Executions where nobody says; a second here is a hundred thousand. */
const DEFAULT_EXECUTIONS = 10_000_000;

/** What is run, and what to begin with. */
interface Inside {
  readonly execute: Execute;
  readonly inputs: readonly Uint8Array[];
  readonly generate?: InProcessOptions['generate'];
  readonly isExpected?: InProcessOptions['isExpected'];
}

export async function fuzzInside(args: Arguments, io: Io): Promise<number> {
  const what = args.text('in-process') as string;
  const [case_] = args.list('case');
  if (case_ !== undefined) return oneInput(what, case_, args, io);
  const seed = seedOption(args);
  const { maxCases, ...bounds } = boundsOf(args, DEFAULT_EXECUTIONS);
  const out = args.text('out') ?? DEFAULT_OUT;
  io.stdout.write(`seed ${seed}\n`);
  io.stdout.flush();
  const progress = new Progress(io.stderr, 'executions', maxCases);
  let inside: Inside | null = null;
  const result = await fuzzInProcess({
    ...bounds,
    maxExecutions: maxCases,
    seed,
    signal: io.interrupt,
    // Behind the start of coverage: what is loaded and compiled before it is seen function by function only.
    target: async () => {
      inside = await insideOf(what, args, io);
      return inside.execute;
    },
    inputs: () => inside?.inputs ?? [],
    generate: (random) => inside?.generate?.(random) ?? null,
    isExpected: (error) => inside?.isExpected?.(error) ?? false,
    onProgress: (executions) => progress.update(executions, executions),
    onFinding: (finding) => {
      progress.clear();
      print(
        finding,
        savePrivate(join(out, `${finding.id}.bin`), Buffer.from(finding.input, 'hex')),
        what,
        args,
        io,
      );
    },
  });
  progress.clear();
  const { executions, seconds, covered, corpus, findings, interrupted } = result;
  const rate = Math.round(executions / Math.max(seconds, 0.001));
  io.stdout.write(`${executions} executions in ${seconds.toFixed(1)} s, ${rate}/s; `);
  io.stdout.write(`${corpus.length} inputs reach ${covered} characters of source\n`);
  io.stdout.write(`${findings.length} findings${interrupted ? '; interrupted' : ''}\n`);
  if (interrupted) return EXIT_INTERRUPTED;
  return findings.length > 0 ? EXIT_NEGATIVE : EXIT_OK;
}

/** A finding's input again: what it throws, or nothing. */
async function oneInput(what: string, file: string, args: Arguments, io: Io): Promise<number> {
  const input = readInput(file);
  const { execute, isExpected } = await insideOf(what, args, io);
  try {
    await execute(input);
  } catch (e) {
    if (isExpected?.(e) !== true) {
      io.stdout.write(`${escapeTerminal(e instanceof Error ? (e.stack ?? e.message) : String(e))}\n`);
      return EXIT_NEGATIVE;
    }
  }
  io.stdout.write(`${escapeTerminal(file)}: nothing wrong\n`);
  return EXIT_OK;
}

function readInput(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (e) {
    throw new CliError(file, systemReason(e), { cause: e });
  }
}

async function insideOf(what: string, args: Arguments, io: Io): Promise<Inside> {
  if (what !== 'codec' && what !== 'inspect') return moduleInside(what, args);
  const program = await describedProgram(args);
  const procedures = wantedProcedures(program, args.list('procedure'));
  const corpus = await corpusOf(program, procedures, args, io);
  const types = procedures.flatMap(({ declared }) => [
    declared.procedure.argument,
    declared.procedure.result,
  ]);
  if (what === 'codec') return codecInside([...new Set(types)], corpus);
  // A dissector is made for each input: only of what it is to show.
  const { table, number } = program;
  const shown = table.programs().filter((one) => one.number === number);
  const { execute, input, generate } = inspectTarget(shown, table, procedures);
  const exchanges = corpus.sessions.flatMap((session) =>
    session.calls.map((call) => messagesOf(call, corpus)),
  );
  return { execute, generate, inputs: exchanges.flatMap((both) => [input(both, true), input(both, false)]) };
}

/** A call as it was made, and a reply with a result that such a call had. */
function messagesOf({ procedure, args }: CorpusCall, corpus: CorpusBuilder): Uint8Array[] {
  const { program, version, declared } = procedure;
  const call = encodeCall({ xid: 1, program, version, procedure: declared.procedure.number }, args);
  const [result] = corpus.parts(declared.procedure.result);
  return result === undefined ? [call] : [call, encodeReply({ xid: 1, verdict: 'SUCCESS' }, result)];
}

function codecInside(types: readonly XdrType[], corpus: CorpusBuilder): Inside {
  const target = codecTarget(types);
  const inputs = types.flatMap((type) =>
    corpus.parts(type).flatMap((bytes) => target.input(type, bytes) ?? []),
  );
  return { execute: target.execute, generate: target.generate, inputs };
}

/** What a module to be fuzzed exports. */
interface FuzzModule {
  readonly fuzz?: unknown;
  readonly isExpected?: unknown;
  readonly inputs?: unknown;
}

async function moduleInside(file: string, args: Arguments): Promise<Inside> {
  for (const option of ['program', 'procedure', 'idl', 'from'] as const) {
    if (args.has(option))
      throw new CliError(`--${option}`, 'of codec and inspect; a module has its own inputs');
  }
  let loaded: FuzzModule;
  try {
    loaded = (await import(pathToFileURL(resolve(file)).href)) as FuzzModule;
  } catch (e) {
    throw new CliError(file, (e as Error).message, { cause: e });
  }
  const { fuzz, isExpected, inputs } = loaded;
  if (typeof fuzz !== 'function') throw new CliError(file, 'exports no function "fuzz"');
  return {
    execute: fuzz as Execute,
    inputs: Array.isArray(inputs) ? inputs.filter((one) => one instanceof Uint8Array) : [],
    ...(typeof isExpected === 'function' && { isExpected: isExpected as NonNullable<Inside['isExpected']> }),
  };
}

function print(finding: InProcessFinding, file: string, what: string, args: Arguments, io: Io): void {
  const words = ['oncilla', 'fuzz', '--in-process', what, '--case', file];
  for (const option of ['program', 'procedure', 'idl', 'include', 'define'] as const) {
    for (const value of args.list(option)) words.push(`--${option}`, value);
  }
  const [first = '', ...stack] = finding.detail.split('\n');
  io.stdout.write(`finding ${finding.id}: ${escapeTerminal(finding.bucket)}\n`);
  io.stdout.write(`  ${escapeTerminal(first)}\n`);
  for (const line of stack.slice(0, 3)) io.stdout.write(`${escapeTerminal(line)}\n`);
  io.stdout.write(`  ${escapeTerminal(words.map(quoteShell).join(' '))}\n`);
  io.stdout.flush();
}
