/**
 * Fuzzing inside this process, guided by coverage: inputs that reach code which none reached before are kept and changed
 * further. Coverage is taken for whole batches, because asking V8 costs as much as a hundred executions; a batch with
 * news is halved until it is known who made them. Bounded by executions, time and findings. What the target does with
 * an input is the caller's function: an error out of it that is not expected is a finding; an endless loop is not, for
 * nobody is there to end it.
 */
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { type Rng, rngOf } from '../codec/xdr/index.ts';
import { literalsOf } from './coverage-literals.ts';
import { CoverageMap } from './coverage-map.ts';
import { CoverageProbe, type Covers } from './coverage-probe.ts';
import type { Dictionary } from './dictionary.ts';
import { ByteMutator } from './mutate-bytes.ts';
import { shrinkBytes } from './shrink-bytes.ts';

/** One execution. What it gives is of no interest; a promise is awaited. */
export type Execute = (input: Uint8Array) => unknown;

export interface InProcessOptions {
  /**
   * Makes the function to execute, once, behind the start of coverage: code that it imports is counted block by block,
   * code that ran before only function by function.
   */
  readonly target: () => Execute | Promise<Execute>;
  /** errors by which a target says that its input is bad, as it should */
  readonly isExpected?: (error: unknown) => boolean;
  /** inputs to begin with; asked for when the target is there */
  readonly inputs?: readonly Uint8Array[] | (() => readonly Uint8Array[]);
  readonly dictionary?: Dictionary;
  /** valid inputs, made anew now and then; null: none to make */
  readonly generate?: (random: Rng) => Uint8Array | null;
  /** whose coverage counts; default all that is not Node's own, this engine, or a package's */
  readonly covers?: Covers;
  readonly seed: number;
  readonly maxExecutions: number;
  readonly maxSeconds: number;
  readonly maxFindings: number;
  /** the longest input (default 4096 bytes) */
  readonly maxBytes?: number;
  /** an execution that takes longer, again, is a finding (default 1000) */
  readonly slowMs?: number;
  readonly signal?: AbortSignal;
  readonly onFinding?: (finding: InProcessFinding) => void;
  readonly onProgress?: (executions: number) => void;
}

export interface InProcessFinding {
  /** hash of its bucket */
  readonly id: string;
  /** what was thrown and where: one bug, one bucket */
  readonly bucket: string;
  readonly detail: string;
  readonly seed: number;
  /** the smallest that was found, hex */
  readonly input: string;
  /** how many executions there had been */
  readonly execution: number;
}

export interface InProcessResult {
  readonly executions: number;
  readonly seconds: number;
  /** characters of source that were executed */
  readonly covered: number;
  /** the inputs that reached something new, in that order */
  readonly corpus: readonly Uint8Array[];
  readonly findings: readonly InProcessFinding[];
  readonly interrupted: boolean;
}

const BATCH = { least: 64, first: 128, most: 16_384 } as const;
/** Without news a batch grows until executing it takes so many times as long as asking for its coverage, */
const WORTH = 8;
/** but not longer than this, in milliseconds: an interrupt waits for it. */
const MOST_BATCH_MS = 500;
/** Milliseconds between two looks at the rest of the process. */
const TURN_MS = 100;
const MOST_BYTES = 4096;
const SLOW_MS = 1000;
/** The corpus that is drawn from; later ones are mostly those that reach furthest. */
const MOST_CORPUS = 10_000;
/** Of so many inputs one is made by `generate`. */
const GENERATED = 32;
const FIRST_GENERATED = 16;
const SHRINK_TRIES = 2000;
/** Inputs that wait for every number of the dictionary to be tried in them. */
const MOST_PLANNED = 1000;
/** Failures of a batch that are looked at: a bug that is known fails again and again. */
const MOST_FAILED = 64;

export async function fuzzInProcess(options: InProcessOptions): Promise<InProcessResult> {
  const probe = new CoverageProbe(options.covers ?? isTheirs);
  probe.start();
  // A stack costs more than most executions; it is asked for where there is something to say.
  const { stackTraceLimit } = Error;
  try {
    // What was there before the target, this engine above all, compares with other things.
    probe.newSources();
    const execute = await options.target();
    const literals = literalsOf(probe.newSources());
    Error.stackTraceLimit = 0;
    return await new Guided(options, execute, probe, literals, stackTraceLimit).run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    probe.stop();
  }
}

function isTheirs(url: string): boolean {
  return !url.startsWith('node:') && !url.includes('/node_modules/') && url !== import.meta.url;
}

class Guided {
  readonly #options: InProcessOptions;
  readonly #execute: Execute;
  readonly #probe: CoverageProbe;
  readonly #map = new CoverageMap();
  readonly #random: () => number;
  readonly #mutator: ByteMutator;
  readonly #stackTraceLimit: number;
  readonly #corpus: Uint8Array[] = [];
  readonly #findings = new Map<string, InProcessFinding>();
  readonly #slowMs: number;
  /** what is still to be made of the inputs kept, the latest last */
  readonly #planned: Generator<Uint8Array>[] = [];
  #executions = 0;
  #start = performance.now();
  /** an execution of this batch threw what is not expected */
  #failed: { readonly input: Uint8Array; readonly error: unknown }[] = [];

  constructor(
    options: InProcessOptions,
    execute: Execute,
    probe: CoverageProbe,
    literals: Dictionary,
    stackTraceLimit: number,
  ) {
    this.#options = options;
    this.#execute = execute;
    this.#probe = probe;
    this.#stackTraceLimit = stackTraceLimit;
    this.#slowMs = options.slowMs ?? SLOW_MS;
    this.#random = rngOf(options.seed);
    const { words, numbers } = options.dictionary ?? { words: [], numbers: [] };
    const dictionary = {
      words: [...words, ...literals.words],
      numbers: [...numbers, ...literals.numbers],
    };
    this.#mutator = new ByteMutator(this.#random, dictionary, options.maxBytes ?? MOST_BYTES);
  }

  async run(): Promise<InProcessResult> {
    this.#probe.take();
    const { generate, inputs = [] } = this.#options;
    const first = [...(typeof inputs === 'function' ? inputs() : inputs), EMPTY];
    for (let i = 0; i < FIRST_GENERATED; i++) first.push(generate?.(this.#random) ?? EMPTY);
    for (let i = 0; i < first.length && !this.#isOver(); i += BATCH.least) {
      await this.#batch(first.slice(i, i + BATCH.least));
    }
    let size: number = BATCH.first;
    let turned = performance.now();
    while (!this.#isOver()) {
      const left = this.#options.maxExecutions - this.#executions;
      const batch = Array.from({ length: Math.min(size, left) }, () => this.#next());
      const { news, executeMs, takeMs } = await this.#batch(batch);
      if (news || executeMs > MOST_BATCH_MS) size >>= 1;
      else if (executeMs < Math.min(takeMs * WORTH, MOST_BATCH_MS / 2)) size <<= 1;
      size = Math.min(BATCH.most, Math.max(BATCH.least, size));
      const now = performance.now();
      if (now - turned < TURN_MS) continue;
      turned = now;
      this.#options.onProgress?.(this.#executions);
      await turn();
    }
    return {
      executions: this.#executions,
      seconds: (performance.now() - this.#start) / 1000,
      covered: this.#map.covered,
      corpus: this.#corpus,
      findings: [...this.#findings.values()],
      interrupted: this.#options.signal?.aborted ?? false,
    };
  }

  #isOver(): boolean {
    const { maxExecutions, maxSeconds, maxFindings, signal } = this.#options;
    return (
      this.#executions >= maxExecutions ||
      (performance.now() - this.#start) / 1000 >= maxSeconds ||
      this.#findings.size >= maxFindings ||
      signal?.aborted === true
    );
  }

  #next(): Uint8Array {
    const { generate } = this.#options;
    const planned = this.#planned.at(-1)?.next();
    if (planned?.done === false) return planned.value;
    if (planned !== undefined) this.#planned.pop();
    const made = this.#random() % GENERATED === 0 ? generate?.(this.#random) : null;
    return made ?? this.#mutator.mutate(this.#pick(), this.#pick());
  }

  /** Half of the time a late one, the last most of all: it is where the code is that was only just reached. */
  #pick(): Uint8Array {
    const { length } = this.#corpus;
    if (length === 0) return EMPTY;
    const r = this.#random();
    const back = Math.clz32(r >>> 1) - 1;
    const at = (r & 1) === 0 ? length - 1 - (back % length) : (r >>> 1) % length;
    return this.#corpus[at] as Uint8Array;
  }

  /** Executes all; those that reach something new are kept. Says whether any did, and what it cost. */
  async #batch(batch: readonly Uint8Array[]): Promise<{ news: boolean; executeMs: number; takeMs: number }> {
    const start = performance.now();
    await this.#all(batch);
    const executeMs = performance.now() - start;
    const seen = this.#probe.take();
    const takeMs = performance.now() - start - executeMs;
    const news = this.#map.hasNews(seen);
    if (news) {
      if (batch.length > 1) await this.#blame(batch);
      else this.#keep(batch[0] as Uint8Array);
      // What does not come again (a function that was only just compiled) is nobody's, and no news any more.
      this.#map.add(seen);
    }
    if (this.#failed.length > 0) await this.#judge();
    if (executeMs > this.#slowMs) await this.#slowest(batch);
    return { news, executeMs, takeMs };
  }

  async #all(batch: readonly Uint8Array[]): Promise<void> {
    const execute = this.#execute;
    for (let i = 0; i < batch.length; i++) {
      const input = batch[i] as Uint8Array;
      try {
        const result = execute(input);
        if (isPromise(result)) await result;
      } catch (error) {
        if (this.#options.isExpected?.(error) === true || this.#failed.length >= MOST_FAILED) continue;
        this.#failed.push({ input, error });
      }
    }
    this.#executions += batch.length;
  }

  /** Which of a batch made the news: executed again in halves. */
  async #blame(batch: readonly Uint8Array[]): Promise<void> {
    const todo = halvesOf(batch);
    for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
      await this.#all(part);
      const seen = this.#probe.take();
      if (!this.#map.hasNews(seen)) continue;
      if (part.length > 1) {
        todo.push(...halvesOf(part));
        continue;
      }
      this.#map.add(seen);
      this.#keep(part[0] as Uint8Array);
    }
  }

  #keep(input: Uint8Array): void {
    if (this.#planned.length < MOST_PLANNED) this.#planned.push(this.#mutator.systematic(input));
    if (this.#corpus.length < MOST_CORPUS) this.#corpus.push(input);
    else this.#corpus[this.#random() % MOST_CORPUS] = input;
  }

  async #judge(): Promise<void> {
    const failed = this.#failed;
    this.#failed = [];
    const seen = new Set<string>();
    for (const { input, error } of failed) {
      // Without its stack an error only says what it is; one of a kind is looked at closely.
      const kind = kindOf(error);
      if (seen.has(kind) || this.#findings.size >= this.#options.maxFindings) continue;
      seen.add(kind);
      const found = await this.#thrown(input);
      if (found !== null && !this.#findings.has(found.bucket)) await this.#found(input, found);
    }
    this.#failed = [];
  }

  /** What an input throws, with its stack; null for nothing. */
  async #thrown(input: Uint8Array): Promise<{ bucket: string; detail: string } | null> {
    const execute = this.#execute;
    Error.stackTraceLimit = this.#stackTraceLimit;
    try {
      await execute(input);
      return null;
    } catch (error) {
      if (this.#options.isExpected?.(error) === true) return null;
      return { bucket: bucketOf(error), detail: detailOf(error) };
    } finally {
      Error.stackTraceLimit = 0;
    }
  }

  async #found(input: Uint8Array, { bucket, detail }: { bucket: string; detail: string }): Promise<void> {
    let tries = SHRINK_TRIES;
    const smallest = await shrinkBytes(input, async (smaller) => {
      return tries-- > 0 && (await this.#thrown(smaller))?.bucket === bucket;
    });
    this.#add(bucket, detail, smallest);
  }

  #add(bucket: string, detail: string, input: Uint8Array): void {
    const finding: InProcessFinding = {
      id: createHash('sha256').update(bucket).digest('hex').slice(0, 12),
      bucket,
      detail,
      seed: this.#options.seed,
      input: Buffer.from(input).toString('hex'),
      execution: this.#executions,
    };
    this.#findings.set(bucket, finding);
    this.#options.onFinding?.(finding);
  }

  /** Who of a slow batch is slow, and is so again. */
  async #slowest(batch: readonly Uint8Array[]): Promise<void> {
    for (const input of batch) {
      const start = performance.now();
      await this.#all([input]);
      const milliseconds = performance.now() - start;
      if (milliseconds <= this.#slowMs || this.#findings.has(SLOW)) continue;
      this.#add(SLOW, `${Math.round(milliseconds)} ms for ${input.length} bytes`, input);
    }
    this.#failed = [];
  }
}

const SLOW = 'slow';

/** The second half first: what is taken from the end is in order. */
function halvesOf(batch: readonly Uint8Array[]): (readonly Uint8Array[])[] {
  const middle = batch.length >> 1;
  return [batch.slice(middle), batch.slice(0, middle)];
}

const EMPTY = new Uint8Array(0);

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

/** Numbers and quoted texts of a message are the input's. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { name, message } = error;
  return `${name}: ${message.replace(/"[^"]*"|'[^']*'|\d+/g, '…')}`;
}

/** The kind of error, and the first place of the stack that is not Node's. */
function bucketOf(error: unknown): string {
  const frames = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  const frame = frames.find((line) => /^\s+at /.test(line) && !line.includes('node:'));
  const where = /at (?:async )?(?:(\S+) \()?.*?([^/\\(]+?):\d+:\d+\)?$/.exec(frame ?? '');
  const place =
    where === null ? '' : ` at ${where[1] ?? ''}${where[1] === undefined ? '' : ' '}(${where[2]})`;
  return `${kindOf(error)}${place}`;
}

function detailOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
