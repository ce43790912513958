import { expect } from 'chai';
import { bucketOf, FindingError, newFinding, parseFinding } from '../../fuzz/finding.ts';
import { caseNamed, PUT } from './base.ts';

const one = caseNamed(PUT, '/trunc@every4@+0');
const fault = { oracle: 'accepted', shape: 'TRUNCATED accepted', detail: 'd' } as const;
const finding = newFinding(one, {
  fault,
  seed: 5,
  profile: 'lenient',
  stream: false,
  confirmed: true,
  messages: [one.bytes],
  reply: Uint8Array.of(1, 2),
});

async function refusal(text: string): Promise<unknown> {
  return parseFinding(text).catch((e: unknown) => e);
}

describe('fuzz/finding', () => {
  it('is in one bucket with the same bug elsewhere in the arguments, under its own id', () => {
    const other = caseNamed(PUT, '/trunc@every4@+4');
    expect(bucketOf(other, fault)).to.equal('accepted PLANT_PUT.1 TRUNCATED accepted');
    const init = {
      fault,
      seed: 5,
      profile: 'lenient',
      stream: false,
      confirmed: true,
      messages: [],
      reply: null,
    } as const;
    expect(newFinding(other, init).id).not.to.equal(finding.id);
    expect(newFinding(one, init).id).to.equal(finding.id);
  });

  it('comes back from its JSON', async () => {
    expect(await parseFinding(JSON.stringify(finding))).to.deep.equal(finding);
  });

  it('is refused where it is none', async () => {
    expect(await refusal('{')).to.be.instanceOf(FindingError);
    const bad = await refusal(JSON.stringify({ ...finding, messages: ['zz'] }));
    expect(bad).to.be.instanceOf(FindingError);
    expect((bad as Error).message).to.match(/^messages\.0: /);
  });
});
