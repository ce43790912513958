import { expect } from 'chai';
import { Probe } from '../../fuzz/probe.ts';
import { findTaint, PATTERNS } from '../../fuzz/taint.ts';
import { parseTarget } from '../../transport/target.ts';
import { caseNamed, datagramPlan, ECHO } from './base.ts';
import { type Bug, PlantServer, PROGRAM } from './plant.ts';

async function taintOf(bug: Bug | null, ending: string) {
  const server = await PlantServer.start(bug);
  const probe = new Probe({ target: parseTarget(server.udpUrl), program: PROGRAM, version: 1, replyMs: 500 });
  try {
    return await findTaint(probe, caseNamed(ECHO, ending), datagramPlan);
  } finally {
    probe.close();
    await server.stop();
  }
}

describe('fuzz/taint', () => {
  it("finds another's bytes in a reply", async () => {
    const taint = await taintOf('cross-connection leak', '/len.max');
    expect(taint?.detail).to.match(/holds \d+ bytes of a message/);
    expect(PATTERNS.some((byte) => taint?.reply.at(-1) === byte)).to.equal(true);
  });

  it('finds none where there is none, nor in what the message itself says', async () => {
    expect(await taintOf(null, '/len.max')).to.equal(null);
    expect(await taintOf('cross-connection leak', '/valid')).to.equal(null);
  });
});
