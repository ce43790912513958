/**
 * Our own daemon under `oncilla fuzz`, every family and every session, strictly judged: over TCP, and a sixth of the
 * time over UDP. Without `--seconds` at least ten minutes and at least a million cases. Its log may hold no error, and
 * behind it its connections are gone and its memory is bounded.
 */
import { ProgramTable } from '../../codec/programs/index.ts';
import { CorpusBuilder } from '../../fuzz/corpus.ts';
import { dictionaryOf } from '../../fuzz/dictionary.ts';
import { type RunResult, runFuzz } from '../../fuzz/run.ts';
import { servedOf } from '../../fuzz/served.ts';
import { Daemon, VIRT } from '../../test/peers/daemon.ts';
import { parseTarget } from '../../transport/target.ts';
import type { Row } from '../row.ts';
import type { SoakOptions } from './options.ts';

/** From so many seconds on the run is the whole one. */
const WHOLE = 600;
const WHOLE_CASES = 1_000_000;
const UDP_SHARE = 1 / 6;
const REPLY_MS = 2000;

export async function run({ seed, seconds }: SoakOptions): Promise<Row[]> {
  const table = new ProgramTable();
  await table.loadAll();
  const served = servedOf(table, [VIRT]);
  const corpus = new CorpusBuilder();
  corpus.addDictionary(dictionaryOf(served.procedures.map(({ declared }) => declared.procedure.argument)));
  const daemon = await Daemon.start(['--listen', 'tcp://127.0.0.1:0', '--listen', 'udp://127.0.0.1:0']);
  const before = daemon.memory;
  const fuzz = async (url: string, ownSeed: number, maxSeconds: number): Promise<RunResult> => {
    const stream = url.startsWith('tcp');
    const result = await runFuzz({
      seed: ownSeed,
      procedures: served.procedures,
      served,
      corpus,
      stream,
      target: parseTarget(url),
      profile: 'strict',
      maxCases: Number.MAX_SAFE_INTEGER,
      maxSeconds,
      maxFindings: 1,
      rate: Number.POSITIVE_INFINITY,
      replyMs: REPLY_MS,
      process: {
        get ended() {
          return daemon.isRunning ? null : 'it ended';
        },
        memory: () => daemon.memory,
        descriptors: () => daemon.descriptors,
        restart: () => Promise.reject(new Error('a daemon that is gone is what is looked for')),
      },
      // What a kill leaves is the daemon's own soak.
      wanted: ({ family }) => family !== 'storm.kill',
    });
    const [finding] = result.findings;
    if (finding !== undefined) throw new Error(`seed ${ownSeed}, ${url}: ${JSON.stringify(finding)}`);
    if (result.gone) throw new Error(`seed ${ownSeed}, ${url}: the daemon is gone`);
    return result;
  };
  const results: RunResult[] = [];
  let memory = 0;
  try {
    const [tcp = '', udp = ''] = daemon.urls;
    const spent = (): number => results.reduce((sum, one) => sum + one.seconds, 0);
    const cases = (): number => results.reduce((sum, one) => sum + one.cases, 0);
    const most = seconds >= WHOLE ? WHOLE_CASES : 0;
    for (let turn = 0; spent() < seconds || cases() < most; turn++) {
      const length = Math.max(5, Math.min(seconds, WHOLE) / 2);
      results.push(await fuzz(tcp, seed + turn, length * (1 - UDP_SHARE)));
      results.push(await fuzz(udp, seed + turn, length * UDP_SHARE));
    }
    memory = daemon.memory;
    const errors = daemon.log.filter(({ level }) => level === 'error');
    if (errors.length > 0) throw new Error(`seed ${seed}: ${JSON.stringify(errors[0])}`);
  } finally {
    await daemon.stop('SIGKILL');
  }
  return [summary(results, (memory - before) / (1 << 20))];
}

function summary(results: readonly RunResult[], grown: number): Row {
  const cases = results.reduce((sum, one) => sum + one.cases, 0);
  const seconds = results.reduce((sum, one) => sum + one.seconds, 0);
  const answers = new Map<string, number>();
  for (const { outcomes } of results) {
    for (const [name, n] of outcomes) answers.set(name, (answers.get(name) ?? 0) + n);
  }
  const seen = [...answers].sort((a, b) => b[1] - a[1]).map(([name, n]) => `${name} ${n}`);
  return {
    name: 'fuzz: cases against the daemon without a finding',
    value: cases,
    unit: '',
    note: `${Math.round(seconds)} s, ${Math.round(cases / seconds)}/s; ${seen.join(', ')}; ${grown.toFixed(0)} MiB more resident`,
  };
}
