import { expect } from 'chai';
import type { Finding } from '../../fuzz/finding.ts';
import { type RunOptions, runFuzz } from '../../fuzz/run.ts';
import { parseTarget } from '../../transport/target.ts';
import { BUCKETS, BUGS, type Bug, PlantServer, plantCorpus, plantServed } from './plant.ts';

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

const PREFIX = ['PLANT_OPEN.1', 'PLANT_APPEND.1', 'PLANT_COMMIT.1', 'PLANT_APPEND.1'];

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

  it('finds each of twelve planted bugs once, all in one server, and nothing else', async () => {
    const server = await PlantServer.start(BUGS);
    try {
      const more = { process: server, corpus: plantCorpus(), replyMs: 300 };
      const limits = { maxCases: 100_000, maxSeconds: 150, maxFindings: BUGS.length };
      const { findings, gone } = await runFuzz(options(server.tcpUrl, { ...more, ...limits }));
      expect(buckets(findings).sort()).to.deep.equal(Object.values(BUCKETS).sort());
      expect(findings.every(({ confirmed }) => confirmed)).to.equal(true);
      expect(gone).to.equal(false);
      const prefix = findings.find(({ bucket }) => bucket === BUCKETS['bug behind a prefix']);
      expect(prefix?.steps?.map(({ procedure }) => procedure)).to.deep.equal(PREFIX);
      const crash = findings.find(({ bucket }) => bucket === BUCKETS['crash on half-close']);
      expect(crash?.steps?.map(({ act }) => act)).to.deep.equal(['call', 'call', 'end']);
    } finally {
      await server.stop();
    }
  }).timeout(180_000);

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
