/**
 * `kill -9` at random moments while a daemon's driver defines and undefines: what was acknowledged is there after,
 * what was not is there or not, nothing is damaged. Short in the tests, long in `npm run soak`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rngOf } from '../../../../codec/xdr/index.ts';
import { openDriver } from '../../../../server/drivers/open-driver.ts';
import type { Damage } from '../../../../server/store/object-store.ts';
import { openStateDirectory } from '../../../../server/store/state-directory.ts';

export interface KillStormOptions {
  /** an empty directory */
  readonly directory: string;
  readonly seed: number;
  /** how often a process is begun and killed */
  readonly rounds: number;
  /** the longest that one lives after its first change; milliseconds */
  readonly lifeMs?: number;
}

export interface KillStormResult {
  readonly acknowledged: number;
  /** changes that were under way when the process died: done, not done */
  readonly done: number;
  readonly undone: number;
}

type State = ReadonlyMap<string, string>;

/** Rejects with what is wrong, the seed in it. */
export async function killStorm(options: KillStormOptions): Promise<KillStormResult> {
  const { directory, seed, rounds, lifeMs = 300 } = options;
  const next = rngOf(seed);
  const rng = (): number => next() / 2 ** 32;
  let state: State = new Map([['test', '8388608']]);
  let [acknowledged, done, undone] = [0, 0, 0];
  for (let round = 1; round <= rounds; round++) {
    const lines = await lifeAndDeath(directory, Math.floor(rng() * 0x7fffffff), 1 + rng() * lifeMs);
    const changes = lines.filter((line) => line.startsWith('!'));
    const before = changes.reduce(applied, state);
    const last = lines.at(-1) ?? '';
    const after = last.startsWith('?') ? applied(before, last) : before;
    const found = await survivors(directory);
    const text = show(found);
    if (text !== show(before) && text !== show(after)) {
      throw new Error(
        `seed ${seed}, round ${round}, after ${last}: ${text} is neither ${show(before)} nor ${show(after)}`,
      );
    }
    acknowledged += changes.length;
    if (before !== after) text === show(after) ? done++ : undone++;
    state = found;
  }
  return { acknowledged, done, undone };
}

async function lifeAndDeath(directory: string, seed: number, lifeMs: number): Promise<string[]> {
  const script = new URL('./kill-child.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory, String(seed)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const first = new Promise<void>((resolve) => {
    child.stdout.on('data', (text) => {
      out += text;
      resolve();
    });
  });
  const closed = once(child, 'close');
  await Promise.race([first, closed]);
  await new Promise((resolve) => setTimeout(resolve, lifeMs));
  child.kill('SIGKILL');
  await closed;
  if (child.signalCode !== 'SIGKILL') throw new Error(`it ended by itself: ${errors}`);
  return out.split('\n').filter((line) => line !== '');
}

async function survivors(directory: string): Promise<State> {
  const state = await openStateDirectory(directory);
  try {
    const damaged: Damage[] = [];
    const driver = await openDriver('test:///default', { state, onDamage: (one) => damaged.push(one) });
    if (damaged.length > 0) throw new Error(`damaged: ${JSON.stringify(damaged)}`);
    const domains = await driver.domains();
    return new Map(domains.map(({ ref, info }) => [ref.name, String(info.max_memory)]));
  } finally {
    await state.close();
  }
}

function applied(state: State, line: string): State {
  const [, name = '', memory = ''] = line.split(' ');
  const next = new Map(state);
  if (memory === '-') next.delete(name);
  else next.set(name, memory);
  return next;
}

function show(state: State): string {
  return [...state]
    .map(([name, memory]) => `${name}=${memory}`)
    .sort()
    .join(' ');
}
