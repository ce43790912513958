import { expect } from 'chai';
import { Autopsy, type Sickness } from '../../fuzz/autopsy.ts';
import { Crew, type Job } from '../../fuzz/crew.ts';
import { stepOf } from '../../fuzz/diagnose.ts';
import { expectBytes, type Fault, type JudgeRules } from '../../fuzz/judge.ts';
import { Ledger } from '../../fuzz/ledger.ts';
import { Probe } from '../../fuzz/probe.ts';
import { parseTarget } from '../../transport/target.ts';
import { caseNamed, PUT, SUM, served, streamPlan } from './base.ts';
import { BUCKETS, type Bug, PlantServer, PROGRAM } from './plant.ts';

const rules: JudgeRules = { served, profile: 'strict', stream: true, others: () => 0, lateMs: 200 };
const job = (ending: string, procedure = PUT): Job => {
  const one = caseNamed(procedure, ending, streamPlan);
  return { one, expected: expectBytes(one.bytes, rules) };
};
function withXid({ one, expected }: Job, xid: number): Job {
  const bytes = one.bytes.slice();
  new DataView(bytes.buffer).setUint32(4, xid);
  return { one: { ...one, bytes, xid }, expected };
}
const GONE: Fault = { oracle: 'canary', shape: 'no answer', detail: 'gone', general: true };

async function examined(bug: Bug, recent: readonly Job[], history: readonly Job[] = recent) {
  const server = await PlantServer.start(bug);
  const probe = new Probe({ target: parseTarget(server.tcpUrl), program: PROGRAM, version: 1, replyMs: 200 });
  const crew = new Crew(probe, rules, { seen: () => {}, played: () => {} });
  const ledger = new Ledger({ url: server.tcpUrl });
  const init = { probe, crew, rules, options: streamPlan, ledger, learn: () => {}, process: server };
  const autopsy = new Autopsy(init);
  const sick: Sickness = async () => {
    if (server.ended !== null) return { oracle: 'crash', shape: server.ended, detail: '' };
    return (await probe.isReachable()) ? null : GONE;
  };
  const survived: string[] = [];
  try {
    const lives = await autopsy.examine(GONE, recent, history, sick, async (one) => {
      survived.push(one.one.family);
      await (one.one.steps === undefined ? crew.observe(one) : crew.play(one));
    });
    return { lives, autopsy, findings: ledger.findings, survived, isWell: (await sick()) === null };
  } finally {
    crew.close();
    probe.close();
    await server.stop();
  }
}

describe('fuzz/autopsy', function () {
  this.timeout(20_000);

  it('finds the one of a crowd that ends the process, goes on with the others, and bars it', async () => {
    const culprit = job('/opt.chain(10000)', SUM);
    const crowd = [job('/valid'), culprit, job('/bool.2@flag')];
    const { autopsy, findings, survived, isWell } = await examined('missing depth check', crowd);
    expect(findings.map(({ bucket }) => bucket)).to.deep.equal([BUCKETS['missing depth check']]);
    expect(survived).to.deep.equal(['valid', 'opt.chain(10000)', 'bool.2']);
    expect(autopsy.isBarred(culprit.one)).to.equal(true);
    expect(autopsy.isBarred(job('/valid').one)).to.equal(false);
    expect(isWell).to.equal(true);
  });

  it('finds the end of a connection that does it, and bars all sessions with one', async () => {
    const call = job('/valid');
    const end = { on: 0, act: 'end', bytes: new Uint8Array(0), procedure: null, carry: [] } as const;
    const steps = [1, 2, 3].map(() => stepOf(call.one, 'call'));
    const session = {
      ...call,
      one: { ...call.one, family: 'tcp.fin', steps: [...steps, end, stepOf(call.one, 'call', 1)] },
    };
    const { autopsy, findings } = await examined('crash on half-close', [session]);
    expect(findings.map(({ bucket }) => bucket)).to.deep.equal([BUCKETS['crash on half-close']]);
    expect(findings[0]?.steps?.map(({ act }) => act)).to.deep.equal(['call', 'call', 'end']);
    const other = { ...session.one, family: 'sess.other', steps: [stepOf(call.one, 'call'), end] };
    expect(autopsy.isBarred(other)).to.equal(true);
  });

  it('finds the group that does it together where none does alone', async () => {
    const denied = Array.from({ length: 60 }, (_, xid) => withXid(job('/auth.inner.empty@cred'), xid));
    const history = [job('/valid'), ...denied, job('/bool.2@flag')];
    const { autopsy, findings, isWell } = await examined('xid table leak', history.slice(-2), history);
    expect(findings.map(({ bucket }) => bucket)).to.deep.equal([BUCKETS['xid table leak']]);
    expect(autopsy.isBarred(job('/auth.flavor(2)@cred').one)).to.equal(true);
    expect(isWell).to.equal(true);
  });
});
