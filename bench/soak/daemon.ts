/**
 * `kill -9` of `oncilla serve --state-dir` at random moments while eight callers define and undefine over TCP: after
 * each start every change acknowledged is there, and each that was under way is there or is not.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectVirt, type VirtClient } from '../../client/virt.ts';
import { isVirtError } from '../../client/virt-error.ts';
import { type Rng, rngOf } from '../../codec/xdr/index.ts';
import { Daemon } from '../../test/peers/daemon.ts';
import { domainText, uuidNumber } from '../../test/server/documents.ts';
import type { Row } from '../row.ts';
import type { SoakOptions } from './options.ts';

const CALLERS = 8;
const NAMES = 12;
const LIFE_MS = 600;

/** Memory of a domain in KiB; null where there is none. */
type Memory = number | null;

class Storm {
  readonly #state = new Map<string, Memory>();
  /** what was asked of each name that the kill left without an answer */
  readonly #underWay = new Map<string, Memory>();
  acknowledged = 0;
  interrupted = 0;

  /** All callers until the connection ends. */
  async callers(client: VirtClient, rng: Rng): Promise<void> {
    const seeds = Array.from({ length: CALLERS }, () => rng());
    await Promise.all(seeds.map((seed, caller) => this.#caller(client, caller, rngOf(seed))));
  }

  /** Each caller has names of its own. */
  async #caller(client: VirtClient, caller: number, rng: Rng): Promise<void> {
    while (client.peer.closed === null) {
      const n = caller * NAMES + (rng() % NAMES);
      const [name, uuid] = [`d${n}`, uuidNumber(n + 1)];
      const isThere = (this.#state.get(name) ?? null) !== null;
      const memory = isThere && rng() % 3 === 0 ? null : 1 + (rng() % 1_000_000);
      this.#underWay.set(name, memory);
      try {
        if (memory === null) await client.undefineDomain(uuid);
        else await client.defineDomain(domainText(name, { uuid, memory: String(memory) }));
      } catch (e) {
        if (isVirtError(e)) throw e;
        return; // the connection is gone
      }
      this.#underWay.delete(name);
      this.#state.set(name, memory);
      this.acknowledged++;
    }
  }

  /** Compares with what the daemon has now, and goes on from there. */
  async check(client: VirtClient): Promise<void> {
    const domains = await client.domains();
    const there = new Map(domains.map(({ name, maxMemory }) => [name, Number(maxMemory)]));
    for (let n = 0; n < CALLERS * NAMES; n++) {
      const name = `d${n}`;
      const [got, kept] = [there.get(name) ?? null, this.#state.get(name) ?? null];
      const asked = this.#underWay.get(name);
      if (got !== kept && (asked === undefined || got !== asked)) {
        throw new Error(`${name} has ${got}; ${kept} was acknowledged, ${asked} under way`);
      }
      this.#state.set(name, got);
    }
    this.interrupted += this.#underWay.size;
    this.#underWay.clear();
  }
}

export async function run({ seed, seconds }: SoakOptions): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'oncilla-soak-'));
  const until = performance.now() + seconds * 1000;
  const rng = rngOf(seed);
  const storm = new Storm();
  let kills = 0;
  try {
    do {
      const daemon = await Daemon.start(['--listen', 'tcp://127.0.0.1:0', '--state-dir', directory]);
      try {
        const client = await connectVirt(`test+tcp://127.0.0.1:${daemon.port()}/default`);
        await storm.check(client);
        const damaged = daemon.log.filter(({ level }) => level === 'error');
        if (damaged.length > 0) throw new Error(JSON.stringify(damaged));
        let isKilled = false;
        const calling = storm.callers(client, rng).then(() => {
          if (!isKilled) throw new Error('the daemon ended the connection');
        });
        await Promise.race([calling, delay(1 + (rng() % LIFE_MS))]);
        isKilled = true;
        if ((await daemon.stop('SIGKILL')) !== 'SIGKILL') throw new Error('the daemon ended by itself');
        await calling;
        kills++;
      } finally {
        await daemon.stop('SIGKILL');
      }
    } while (performance.now() < until);
  } catch (e) {
    throw new Error(`seed ${seed}, after ${kills} kills: ${(e as Error).message}`, { cause: e });
  } finally {
    rmSync(directory, { recursive: true });
  }
  return [
    {
      name: 'daemon: changes acknowledged before kill -9',
      value: storm.acknowledged,
      unit: '',
      note: `${kills} kills, none lost, none damaged; ${storm.interrupted} under way then`,
    },
  ];
}
