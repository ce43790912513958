import { expect } from 'chai';
import type { Finding } from '../../fuzz/finding.ts';
import { type RunOptions, runFuzz } from '../../fuzz/run.ts';
import { parseTarget } from '../../transport/target.ts';
import { type Bug, PlantServer, plantServed } from './plant.ts';

const served = plantServed();

function options(url: string, more: Partial<RunOptions> = {}): RunOptions {
  return {
    seed: 11,
    procedures: served.procedures,
    served,
    stream: !url.startsWith('udp'),
    target: parseTarget(url),
    profile: 'strict',
    maxCases: 2000,
    maxSeconds: 30,
    maxFindings: 50,
    rate: Number.POSITIVE_INFINITY,
    replyMs: 400,
    ...more,
  };
}

async function found(bug: Bug | null, over: 'tcp' | 'udp' = 'tcp', more: Partial<RunOptions> = {}) {
  const server = await PlantServer.start(bug);
  try {
    return await runFuzz(options(over === 'tcp' ? server.tcpUrl : server.udpUrl, more));
  } finally {
    await server.stop();
  }
}

const buckets = (findings: readonly Finding[]): string[] => findings.map((one) => one.bucket);

describe('fuzz/run', function () {
  this.timeout(60_000);

  for (const over of ['tcp', 'udp'] as const) {
    it(`finds nothing in a server without bugs over ${over}, and sends what it says`, async () => {
      const { cases, findings, outcomes, gone } = await found(null, over);
      expect(buckets(findings)).to.deep.equal([]);
      expect(cases).to.equal(2000);
      expect(gone).to.equal(false);
      for (const name of ['SUCCESS', 'GARBAGE_ARGS', 'RPC_MISMATCH', 'AUTH_ERROR', 'PROC_UNAVAIL']) {
        expect(outcomes.get(name), name).to.be.greaterThan(0);
      }
    });
  }

  const planted: readonly [Bug, string][] = [
    ['off-by-one limit', 'accepted PLANT_PUT.1 LIMIT in name accepted'],
    ['negative count', 'accepted PLANT_PUT.1 LIMIT in values accepted'],
    ['missing depth check', 'closed PLANT_SUM.1 closed'],
    ['state leak after an error', 'verdict PLANT_PUT.1 GARBAGE_ARGS in a session'],
    ['slow half record starvation', 'canary any starved'],
    ['wrong verdict', 'system any SYSTEM_ERR, not PROC_UNAVAIL'],
    ['unchecked enum', 'accepted PLANT_PUT.1 BAD_ENUM in shade accepted'],
    ['cross-connection leak', 'taint PLANT_ECHO.1 foreign memory'],
  ];
  for (const [bug, bucket] of planted) {
    it(`finds a planted ${bug} once, and nothing else`, async () => {
      const { findings } = await found(bug);
      expect(buckets(findings)).to.deep.equal([bucket]);
    });
  }

  it('shrinks a leak to one message, shorter than what a valid call needs', async () => {
    const { findings } = await found('cross-connection leak', 'udp');
    const [leak] = findings;
    expect(leak).to.include({ oracle: 'taint', confirmed: true });
    expect(leak?.messages).to.have.length(1);
    expect(leak?.messages[0]?.length).to.be.at.most(2 * 44);
    expect(leak?.prime).to.have.length(1);
  });

  it('sends the same bytes for the same seed, and every case in one of two shards', async () => {
    const server = await PlantServer.start();
    const sent = async (more: Partial<RunOptions>): Promise<string[]> => {
      const ids: string[] = [];
      const wanted = (one: { id: string; bytes: Uint8Array }): boolean => {
        ids.push(`${one.id} ${Buffer.from(one.bytes).toString('hex').slice(0, 400)}`);
        return true;
      };
      await runFuzz(options(server.tcpUrl, { maxCases: 500, wanted, ...more }));
      return ids.slice(0, 500);
    };
    try {
      expect(await sent({})).to.deep.equal(await sent({}));
      const { cases } = await runFuzz(
        options(server.tcpUrl, { maxCases: 200, shard: { index: 0, count: 2 } }),
      );
      expect(cases).to.equal(200);
    } finally {
      await server.stop();
    }
  });

  it('keeps to its rate and its time', async () => {
    const server = await PlantServer.start();
    try {
      const slow = await runFuzz(options(server.tcpUrl, { rate: 256, maxSeconds: 1 }));
      expect(slow.cases).to.be.within(64, 384);
    } finally {
      await server.stop();
    }
  });
});
