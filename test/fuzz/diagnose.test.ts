import { expect } from 'chai';
import { Crew, type Job } from '../../fuzz/crew.ts';
import { Diagnosis, recorded, stepOf } from '../../fuzz/diagnose.ts';
import { expectBytes, type JudgeRules, type Observation } from '../../fuzz/judge.ts';
import { Ledger } from '../../fuzz/ledger.ts';
import { casesOf } from '../../fuzz/plan.ts';
import { Probe } from '../../fuzz/probe.ts';
import { parseTarget } from '../../transport/target.ts';
import { caseNamed, ECHO, PUT, served, streamPlan } from './base.ts';
import { type Bug, PlantServer, PROGRAM } from './plant.ts';

const rules: JudgeRules = { served, profile: 'strict', stream: true, others: () => 0, lateMs: 400 };
const job = (ending: string, procedure = PUT): Job => {
  const one = caseNamed(procedure, ending, streamPlan);
  return { one, expected: expectBytes(one.bytes, rules) };
};

interface Bench {
  readonly crew: Crew;
  readonly ledger: Ledger;
  readonly diagnosis: Diagnosis;
  readonly learnt: string[];
}

async function withBug<T>(bug: Bug | null, run: (bench: Bench) => Promise<T>): Promise<T> {
  const server = await PlantServer.start(bug);
  const probe = new Probe({ target: parseTarget(server.tcpUrl), program: PROGRAM, version: 1, replyMs: 400 });
  const crew = new Crew(probe, rules, { seen: () => {}, played: () => {} });
  const ledger = new Ledger({ url: server.tcpUrl });
  const learnt: string[] = [];
  const learn = ({ id }: { id: string }): void => void learnt.push(id);
  const diagnosis = new Diagnosis({ probe, crew, rules, options: streamPlan, ledger, learn });
  try {
    return await run({ crew, ledger, diagnosis, learnt });
  } finally {
    crew.close();
    probe.close();
    await server.stop();
  }
}

const answered = async ({ crew }: Bench, one: Job): Promise<Observation> => crew.observe(one);

describe('fuzz/diagnose', () => {
  it('confirms what fails alone, and makes it small', async () => {
    const one = job('/size.max+1@name');
    const finding = await withBug('off-by-one limit', async (bench) => {
      await bench.diagnosis.case(one, await answered(bench, one), null);
      expect(bench.learnt).to.deep.equal(['PLANT_PUT.1/0/valid']);
      return bench.ledger.findings[0];
    });
    expect(finding).to.include({ oracle: 'accepted', confirmed: true });
    expect(finding?.messages[0]?.length).to.be.below(one.one.bytes.length * 2);
  });

  it('makes no finding of what was missing once in a crowd', async () => {
    const silence: Observation = { reply: null, closed: false, milliseconds: 400 };
    const { length } = await withBug(null, async ({ diagnosis, ledger }) => {
      await diagnosis.case(job('/valid'), silence, [job('/valid')]);
      return ledger.findings;
    });
    expect(length).to.equal(0);
  });

  it('finds which message on the connection brought it about, and knows its work again', async () => {
    await withBug('state leak after an error', async ({ diagnosis, ledger, crew }) => {
      const victim = job('/valid');
      const trail = [job('/valid', ECHO), job('/bool.2@flag'), job('/hdr.trunc@+16'), victim];
      const [, , , reply] = await crew.play({
        ...victim,
        one: { ...victim.one, steps: trail.map(({ one }) => stepOf(one, 'call')) },
      });
      const seen = reply?.seen as Observation;
      await diagnosis.case(victim, seen, trail);
      expect(diagnosis.remembers).to.equal(true);
      const other = job('/valid', ECHO);
      await diagnosis.case(other, seen, [job('/bool.2@flag'), other]);
      expect(ledger.findings.map(({ bucket, count }) => [bucket, count])).to.deep.equal([
        ['verdict PLANT_PUT.1 GARBAGE_ARGS in a session', 2],
      ]);
      expect(ledger.findings[0]?.steps?.map(({ act }) => act)).to.deep.equal(['send', 'call']);
    });
  });

  it("makes a session's fault the session's, unless the step is wrong alone", async () => {
    await withBug('off-by-one limit', async ({ diagnosis, ledger, crew }) => {
      const bad = job('/size.max+1@name');
      const steps = [stepOf(job('/valid', ECHO).one, 'call'), stepOf(bad.one, 'call')];
      const session = { ...bad, one: { ...bad.one, steps } };
      const played = await crew.play(session);
      expect(diagnosis.isFaulty(played)).to.equal(true);
      await diagnosis.session(session, played);
      expect(ledger.findings[0]?.bucket).to.equal('accepted PLANT_PUT.1 LIMIT in name accepted');
      expect(ledger.findings[0]?.steps).to.equal(undefined);
    });
  });

  it('keeps a step with the path of what it took up, where it did', () => {
    const [valid] = casesOf(ECHO, 0, streamPlan);
    const carry = [{ from: 0, off: 40, len: 4, wanted: () => true }];
    const steps = [stepOf(valid!, 'call'), { ...stepOf(valid!, 'call'), carry }];
    const [, second] = recorded(steps, [{ carried: [] }, { carried: ['data'] }]);
    expect(second?.carry).to.deep.equal([{ from: 0, off: 40, len: 4, path: 'data' }]);
    expect(recorded(steps, [])[1]?.carry).to.deep.equal([]);
  });
});
