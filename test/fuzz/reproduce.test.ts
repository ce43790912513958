import { expect } from 'chai';
import { newFinding } from '../../fuzz/finding.ts';
import { reproduce } from '../../fuzz/reproduce.ts';
import { parseTarget } from '../../transport/target.ts';
import { caseNamed, PUT, served, streamPlan } from './base.ts';
import { type Bug, PlantServer } from './plant.ts';

const one = caseNamed(PUT, '/size.max+1@name');
const finding = newFinding(one, {
  fault: { oracle: 'accepted', shape: 'LIMIT accepted', detail: '' },
  seed: 5,
  profile: 'strict',
  stream: false,
  confirmed: true,
  messages: [one.bytes],
  reply: null,
});

async function again(bug: Bug | null, procedures = served.procedures) {
  const server = await PlantServer.start(bug);
  try {
    return await reproduce(finding, { target: parseTarget(server.udpUrl), served, procedures, replyMs: 500 });
  } finally {
    await server.stop();
  }
}

describe('fuzz/reproduce', () => {
  it('is a finding while the bug is there, and none once it is fixed', async () => {
    expect(await again('off-by-one limit')).to.include({
      oracle: 'accepted',
      shape: 'LIMIT in name accepted',
    });
    expect(await again(null)).to.equal(null);
  });

  it('does the steps of a session on the connections that they had', async () => {
    const [bad, valid] = [caseNamed(PUT, '/bool.2@flag', streamPlan), caseNamed(PUT, '/valid', streamPlan)];
    const step = (bytes: Uint8Array, on: number) =>
      ({
        on,
        act: 'call',
        bytes: Buffer.from(bytes).toString('hex'),
        procedure: 'PLANT_PUT.1',
        carry: [],
      }) as const;
    const session = (on: number) =>
      newFinding(valid, {
        fault: { oracle: 'verdict', shape: 'GARBAGE_ARGS in a session', detail: '' },
        seed: 5,
        profile: 'strict',
        stream: true,
        confirmed: true,
        messages: [bad.bytes, valid.bytes],
        reply: null,
        steps: [step(bad.bytes, 0), step(valid.bytes, on)],
      });
    const server = await PlantServer.start('state leak after an error');
    const { procedures } = served;
    const options = { target: parseTarget(server.tcpUrl), served, procedures, replyMs: 500 };
    try {
      const fault = { oracle: 'verdict', shape: 'GARBAGE_ARGS' };
      expect(await reproduce(session(0), options)).to.include(fault);
      // elsewhere nothing is remembered
      expect(await reproduce(session(1), options)).to.equal(null);
      const { steps: _, ...plain } = session(0);
      expect(await reproduce(plain, options)).to.include(fault);
    } finally {
      await server.stop();
    }
  });

  it('wants the procedure described', async () => {
    expect(await again(null, []).catch((e: unknown) => e)).to.be.instanceOf(TypeError);
  });
});
