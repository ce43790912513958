/**
 * Cases of `oncilla fuzz` against our own daemon, another process, over loopback: every verdict checked, others asked
 * for after each 64. Those that leave their connection open go out together; those that end it, one connection each.
 */
import { ProgramTable } from '../codec/programs/index.ts';
import { expectBytes } from '../fuzz/judge.ts';
import { casesOf, type FuzzCase, type PlanOptions, plan } from '../fuzz/plan.ts';
import { type RunOptions, runFuzz } from '../fuzz/run.ts';
import { servedOf } from '../fuzz/served.ts';
import { Daemon } from '../test/peers/daemon.ts';
import { parseTarget } from '../transport/target.ts';
import { median, type Row } from './row.ts';

const VIRT = 0x20001a65;
const ROUNDS = 5;
const SECONDS = 4;
const SEED = 1;

export async function run(): Promise<Row[]> {
  const table = new ProgramTable();
  await table.loadAll();
  const served = servedOf(table, [VIRT]);
  const options: PlanOptions = { seed: SEED, procedures: served.procedures, stream: true };
  const daemon = await Daemon.start(['--listen', 'tcp://127.0.0.1:0']);
  const rules = { served, profile: 'strict', stream: true, others: () => 0, lateMs: 1000 } as const;
  const stateOf = ({ bytes }: FuzzCase): string => expectBytes(bytes, rules).state;
  const refused = served.procedures.flatMap((one) =>
    [...casesOf(one, 0, options)].filter((made) => made.steps === undefined && stateOf(made) === 'refused'),
  );
  const rate = async (cases: () => Iterable<FuzzCase>): Promise<number> => {
    const init: RunOptions = {
      ...options,
      served,
      target: parseTarget(`tcp://127.0.0.1:${daemon.port()}`),
      profile: 'strict',
      maxCases: Number.MAX_SAFE_INTEGER,
      maxSeconds: SECONDS,
      maxFindings: 1,
      rate: Number.POSITIVE_INFINITY,
      replyMs: 1000,
      cases: cases(),
    };
    const { cases: sent, seconds, findings } = await runFuzz(init);
    if (findings.length > 0) throw new Error(JSON.stringify(findings[0]));
    return sent / seconds;
  };
  const open: number[] = [];
  const ending: number[] = [];
  try {
    for (let i = 0; i < ROUNDS; i++) {
      open.push(await rate(() => openCases(options, stateOf)));
      ending.push(await rate(() => endless(refused)));
    }
  } finally {
    await daemon.stop('SIGKILL');
  }
  const note = (all: readonly number[]): string =>
    `${ROUNDS} runs of ${SECONDS} s, ${Math.round(Math.min(...all))} to ${Math.round(Math.max(...all))}`;
  return [
    {
      name: 'mutated calls on connections that stay open',
      value: median(open),
      unit: '/s',
      note: note(open),
    },
    { name: 'mutations that end their connection', value: median(ending), unit: '/s', note: note(ending) },
  ];
}

function* openCases(options: PlanOptions, stateOf: (one: FuzzCase) => string): Generator<FuzzCase> {
  for (const one of plan(options)) {
    const isRecord = one.steps === undefined && !one.family.startsWith('frag.');
    if (isRecord || (one.steps === undefined && stateOf(one) === 'open')) yield one;
  }
}

function* endless(cases: readonly FuzzCase[]): Generator<FuzzCase> {
  for (;;) yield* cases;
}
