/**
 * One run of coverage-guided fuzzing in a process of its own, as bench/coverage.ts asks for it: `NAME SEED`. A process
 * each, because what was compiled in an earlier run is no longer counted block by block. Answers with its figures.
 */
import { loadProgram } from '../codec/programs/index.ts';
import { codecOf, isXdrError, randomValue, rngOf } from '../codec/xdr/index.ts';
import { type Execute, fuzzInProcess, type InProcessOptions } from '../fuzz/in-process.ts';
import { ByteMutator } from '../fuzz/mutate-bytes.ts';

/** Seconds of processor time of a run; of its plain side a quarter. It does nothing else, so others take none of it. */
const SECONDS = 5;
const MOST_SECONDS = 120;

/** What the parent is told. */
export interface CoverageFigures {
  /** executions a second of processor time */
  readonly perSecond: number;
  /** the same inputs and executions without coverage */
  readonly plain: number;
  readonly inputs: number;
  /** executions until the planted bug was found; null where there is none */
  readonly until: number | null;
}

type Subject = Pick<InProcessOptions, 'target' | 'inputs' | 'generate' | 'isExpected'>;

async function nfs3(name: string, part: 'argument' | 'result'): Promise<Subject> {
  const program = await loadProgram(100003, 3);
  const procedures = program?.versions.flatMap((version) => version.procedures) ?? [];
  const procedure = procedures.find((one) => one.name === `NFSPROC3_${name}`);
  if (procedure === undefined) throw new Error(`no procedure ${name}`);
  const type = procedure[part];
  return {
    target: () => {
      const codec = codecOf(type);
      return (input) => codec.decode(input);
    },
    generate: (random) => codecOf(type).encode(randomValue(type, random)),
    isExpected: isXdrError,
  };
}

const SUBJECTS: Readonly<Record<string, () => Promise<Subject>>> = {
  nested: async () => ({
    target: async () => (await import('../test/fuzz/nested-target.ts')).parse,
    inputs: [new Uint8Array(16)],
  }),
  lookup: () => nfs3('LOOKUP', 'argument'),
  readdirplus: () => nfs3('READDIRPLUS', 'result'),
};

const [name = '', seedText = '1'] = process.argv.slice(2);
const seed = Number(seedText);
const subject = await SUBJECTS[name]?.();
if (subject === undefined) throw new Error(`no subject ${name}`);

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

let until: number | null = null;
const begun = processorSeconds();
const enough = new AbortController();
let execute: Execute | null = null;
const result = await fuzzInProcess({
  ...subject,
  seed,
  maxExecutions: Number.POSITIVE_INFINITY,
  maxSeconds: MOST_SECONDS,
  signal: enough.signal,
  onProgress: () => {
    if (processorSeconds() - begun >= SECONDS) enough.abort();
  },
  maxFindings: 2,
  target: async () => {
    execute = await subject.target();
    return execute;
  },
  onFinding: ({ execution }) => {
    until = execution;
  },
});
process.send?.({
  perSecond: result.executions / (processorSeconds() - begun),
  plain: plainRate(result.corpus),
  inputs: result.corpus.length,
  until,
} satisfies CoverageFigures);

/** Executions a second of what is mutated in the same way, with nobody looking. */
function plainRate(corpus: readonly Uint8Array[]): number {
  const random = rngOf(seed);
  const mutator = new ByteMutator(random, { words: [], numbers: [] }, 4096);
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  let executions = 0;
  const start = processorSeconds();
  while (processorSeconds() - start < SECONDS / 4) {
    for (let i = 0; i < 256; i++) {
      try {
        execute?.(mutator.mutate(corpus[random() % corpus.length] as Uint8Array, corpus[0] as Uint8Array));
      } catch {
        // refused, as most are
      }
    }
    executions += 256;
  }
  Error.stackTraceLimit = limit;
  return executions / (processorSeconds() - start);
}
