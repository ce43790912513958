import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { Finding } from '../../fuzz/finding.ts';
import { casesOf, type FuzzCase } from '../../fuzz/plan.ts';
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

/** What a server hears of a round of a run over some procedures: each message once, without NULL. */
async function heard(server: PlantServer, more: Partial<RunOptions> = {}): Promise<Set<string>> {
  const all = new Set<string>();
  server.onMessage = (message) => {
    const isNull = message.length >= 24 && Buffer.from(message).readUInt32BE(20) === 0;
    if (!isNull) all.add(hashOf(message));
  };
  const plain = { ...options(server.tcpUrl), ...more };
  const cases = function* (): Generator<FuzzCase> {
    for (const one of served.procedures.slice(1, 3)) yield* casesOf(one, 0, plain);
  };
  // Of a connection that is reset what was not read yet is lost.
  const wanted = ({ family }: FuzzCase): boolean => !/^(?:tcp|storm|frag)/.test(family);
  await runFuzz({ ...plain, cases: cases(), wanted, maxCases: 100_000 });
  return all;
}

const [, ownProcedure] = served.procedures as unknown as [unknown, FuzzCase['procedure']];

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

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

  it('sends the same bytes for the same seed, those of sessions too, and others for another', async () => {
    const server = await PlantServer.start();
    try {
      const first = await heard(server);
      expect(first.size).to.be.greaterThan(300);
      expect([...(await heard(server))].sort()).to.deep.equal([...first].sort());
      const other = await heard(server, { seed: 12 });
      expect([...other].filter((message) => first.has(message)).length).to.be.below(first.size / 10);
    } finally {
      await server.stop();
    }
  });

  it('sends each case in one of three shards', async () => {
    const server = await PlantServer.start();
    const ids = (index: number): Promise<number> =>
      runFuzz(
        options(server.tcpUrl, {
          cases: casesOf(ownProcedure, 0, options(server.tcpUrl)),
          ...(index < 0 ? {} : { shard: { index, count: 3 } }),
        }),
      ).then(({ cases }) => cases);
    try {
      const [whole = 0, ...shards] = [await ids(-1), await ids(0), await ids(1), await ids(2)];
      expect(shards.reduce((sum, cases) => sum + cases, 0)).to.equal(whole);
      for (const cases of shards) expect(cases).to.be.within(whole / 6, whole / 2);
      const all = await heard(server);
      const parts = [];
      for (const index of [0, 1, 2]) parts.push(await heard(server, { shard: { index, count: 3 } }));
      // What primes for taint, and what is asked first, is asked in each.
      expect([...new Set(parts.flatMap((part) => [...part]))].sort()).to.deep.equal([...all].sort());
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
