import { expect } from 'chai';
import { newFinding } from '../../fuzz/finding.ts';
import { reproduce } from '../../fuzz/reproduce.ts';
import { parseTarget } from '../../transport/target.ts';
import { caseNamed, PUT, served } from './base.ts';
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

  it('wants the procedure described', async () => {
    expect(await again(null, []).catch((e: unknown) => e)).to.be.instanceOf(TypeError);
  });
});
