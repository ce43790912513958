import { expect } from 'chai';
import { Crew, isDue, type Job } from '../../fuzz/crew.ts';
import { expectBytes, type JudgeRules, type Observation } from '../../fuzz/judge.ts';
import { Outcome } from '../../fuzz/outcome.ts';
import { Probe } from '../../fuzz/probe.ts';
import { parseTarget } from '../../transport/target.ts';
import { caseNamed, PUT, served, streamPlan } from './base.ts';
import { type Bug, PlantServer, PROGRAM } from './plant.ts';

const rules: JudgeRules = { served, profile: 'strict', stream: true, others: () => 0, lateMs: 400 };
const job = (ending: string): Job => {
  const one = caseNamed(PUT, ending, streamPlan);
  return { one, expected: expectBytes(one.bytes, rules) };
};

describe('fuzz/crew', () => {
  let server: PlantServer;
  let probe: Probe;
  let crew: Crew;
  let seen: { readonly family: string; readonly seen: Observation; readonly before: number | null }[];

  const start = async (bug: Bug | null): Promise<void> => {
    server = await PlantServer.start(bug);
    probe = new Probe({ target: parseTarget(server.tcpUrl), program: PROGRAM, version: 1, replyMs: 400 });
    seen = [];
    crew = new Crew(probe, rules, {
      seen: ({ one }, observation, trail) =>
        void seen.push({ family: one.family, seen: observation, before: trail?.length ?? null }),
      played: () => {},
    });
  };
  afterEach(async () => {
    crew.close();
    probe.close();
    await server.stop();
  });

  it('pipelines on one connection, remembers what was sent on it, and keeps it', async () => {
    await start(null);
    expect(await crew.pipeline([job('/valid'), job('/bool.2@flag'), job('/hdr.trunc@+16')])).to.deep.equal(
      [],
    );
    await crew.pipeline([job('/valid')]);
    expect(seen.map(({ family, before }) => [family, before])).to.deep.equal([
      ['valid', 3],
      ['bool.2', 3],
      ['hdr.trunc', 3],
      ['valid', 4],
    ]);
    expect(seen.map((one) => one.seen.reply !== null)).to.deep.equal([true, true, false, true]);
  });

  it('gives back those of which nobody knows what came, and sees each alone', async () => {
    await start(null);
    const ending = job('/frag.http');
    expect(await crew.pipeline([ending, job('/valid')])).to.have.length(2);
    await crew.solos([ending, job('/valid')]);
    const closed = seen.find(({ family }) => family === 'frag.http');
    expect(closed?.seen).to.include({ closed: true, reply: null });
    expect(closed?.before).to.equal(null);
  });

  it('asks for others behind half records, and stops at the first that starves them', async () => {
    const halves = [job('/frag.nolast'), job('/frag.long'), job('/frag.half-mark')];
    await start(null);
    expect(await crew.halves(halves)).to.deep.equal([]);
    expect(seen.every((one) => one.seen.starved !== true)).to.equal(true);
    crew.close();
    probe.close();
    await server.stop();
    await start('slow half record starvation');
    expect(await crew.halves(halves)).to.have.length(2);
    expect(seen[0]?.seen.starved).to.equal(true);
  });

  it('knows what is due', async () => {
    await start(null);
    expect(isDue(job('/valid'), rules)).to.equal(true);
    expect(isDue(job('/valid'), { ...rules, others: () => Outcome.SILENCE })).to.equal(false);
    expect(isDue(job('/hdr.trunc@+16'), rules)).to.equal(false);
  });
});
