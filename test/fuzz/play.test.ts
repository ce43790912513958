import { expect } from 'chai';
import type { JudgeRules } from '../../fuzz/judge.ts';
import { play } from '../../fuzz/play.ts';
import { Probe } from '../../fuzz/probe.ts';
import type { Step } from '../../fuzz/step.ts';
import { parseTarget } from '../../transport/target.ts';
import { caseNamed, ECHO, PUT, served, streamPlan } from './base.ts';
import { type Bug, PlantServer, PROGRAM } from './plant.ts';

const rules: JudgeRules = { served, profile: 'strict', stream: true, others: () => 0, lateMs: 400 };

const step = (act: Step['act'], ending = '/valid', procedure = PUT, on = 0): Step => ({
  on,
  act,
  bytes: caseNamed(procedure, ending, streamPlan).bytes,
  procedure,
  carry: [],
});
const still = (act: Step['act'], on = 0): Step => ({
  on,
  act,
  bytes: new Uint8Array(0),
  procedure: null,
  carry: [],
});

async function played(steps: readonly Step[], bug: Bug | null = null) {
  const server = await PlantServer.start(bug);
  const probe = new Probe({ target: parseTarget(server.tcpUrl), program: PROGRAM, version: 1, replyMs: 400 });
  try {
    return await play(probe, steps, rules);
  } finally {
    probe.close();
    await server.stop();
  }
}

/** What came of each step, in a word. */
const words = (all: Awaited<ReturnType<typeof played>>): (string | null)[] =>
  all.map(
    ({ seen }) => seen && (seen.starved ? 'starved' : seen.reply ? 'reply' : seen.closed ? 'closed' : 'none'),
  );

describe('fuzz/play', () => {
  it('waits for calls, and asks for what was only sent in the end', async () => {
    expect(words(await played([step('send'), step('send'), step('call')]))).to.deep.equal([
      'reply',
      'reply',
      'reply',
    ]);
    expect(words(await played([step('drip'), step('call')]))).to.deep.equal(['reply', 'reply']);
  });

  it('says nothing of what was sent behind the end of a connection', async () => {
    const ended = await played([step('call', '/frag.http'), step('call'), step('call', '/valid', PUT, 1)]);
    expect(words(ended)).to.deep.equal(['closed', null, 'reply']);
    const half = await played([step('send'), still('end'), step('call'), step('call', '/valid', PUT, 1)]);
    expect(words(half).slice(2)).to.deep.equal([null, 'reply']);
    expect(words(await played([step('send'), still('reset'), step('call')])).slice(1)).to.deep.equal([
      null,
      null,
    ]);
  });

  it('asks for others while half a record is held', async () => {
    const hold = { ...step('hold'), bytes: step('hold').bytes.subarray(0, 20) };
    expect(words(await played([hold, step('call', '/valid', PUT, 1)]))).to.deep.equal(['none', 'reply']);
    expect(words(await played([hold], 'slow half record starvation'))).to.deep.equal(['starved']);
  });

  it('carries a part of a reply into a later call, and changes it where it is told to', async () => {
    const first = step('call', '/valid', ECHO);
    const call = step('call', '/len.0', ECHO);
    const carry = { from: 0, off: 40, len: 4, wanted: ({ path }: { path: string }) => path === '' };
    const echoed = first.bytes.subarray(4 + 40);
    const [, plain] = await played([first, { ...call, bytes: call.bytes.slice(0, 48), carry: [carry] }]);
    expect(plain?.bytes.subarray(4 + 40)).to.deep.equal(echoed);
    expect(plain?.carried).to.deep.equal(['']);
    expect(plain?.seen?.reply).not.to.equal(null);
    const zero = { ...carry, change: 'zero' as const };
    const [, changed] = await played([first, { ...call, bytes: call.bytes.slice(0, 48), carry: [zero] }]);
    expect(changed?.bytes.subarray(48).every((byte) => byte === 0)).to.equal(true);
    const [, gone] = await played([step('call', '/len.0', ECHO), { ...call, carry: [carry] }]);
    expect(gone?.carried).to.deep.equal([null]);
  });
});
