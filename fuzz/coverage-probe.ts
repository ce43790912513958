/**
 * V8's precise block coverage of this very thread, through node:inspector: what ran since it was last asked, and the
 * sources of what is loaded. Only code that is compiled after `start` is counted by block, so what is to be covered is
 * loaded behind it. One at a time in a thread; an Error where a debugger has it.
 */
import { type Debugger, type Profiler, Session } from 'node:inspector';
import type { CoveredScript } from './coverage-map.ts';

/** Whether a script's coverage counts, by its URL ('' for what `new Function` made). */
export type Covers = (url: string) => boolean;

export class CoverageProbe {
  readonly #session = new Session();
  readonly #covers: Covers;
  readonly #read = new Set<string>();

  constructor(covers: Covers) {
    this.#covers = covers;
  }

  start(): void {
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** What ran since the last time. */
  take(): CoveredScript[] {
    const { result } = this.#post('Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType;
    return result.filter(({ url }) => this.#covers(url));
  }

  /** The text, as V8 runs it, of every script that counts and was not asked for before. */
  newSources(): string[] {
    const scripts: Debugger.ScriptParsedEventDataType[] = [];
    const listen = ({ params }: { params: Debugger.ScriptParsedEventDataType }): void => {
      if (this.#read.has(params.scriptId)) return;
      this.#read.add(params.scriptId);
      if (this.#covers(params.url)) scripts.push(params);
    };
    this.#session.on('Debugger.scriptParsed', listen);
    try {
      this.#post('Debugger.enable');
      return scripts.map(({ scriptId }) => {
        const got = this.#post('Debugger.getScriptSource', { scriptId });
        return (got as Debugger.GetScriptSourceReturnType).scriptSource;
      });
    } finally {
      this.#post('Debugger.disable');
      this.#session.off('Debugger.scriptParsed', listen);
    }
  }

  stop(): void {
    try {
      this.#post('Profiler.stopPreciseCoverage');
      this.#post('Profiler.disable');
    } finally {
      this.#session.disconnect();
    }
  }

  /** Answers to a session of the same thread come before `post` returns. */
  #post(method: string, params: object = {}): unknown {
    let answer: unknown;
    let failure: Error | null = null;
    this.#session.post(method, params, (error, result) => {
      failure = error;
      answer = result;
    });
    if (failure !== null) throw new Error(`${method}: ${(failure as Error).message}`);
    return answer;
  }
}
