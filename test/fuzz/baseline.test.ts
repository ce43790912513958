import { expect } from 'chai';
import { parseBaseline } from '../../fuzz/baseline.ts';
import { type Finding, FindingError } from '../../fuzz/finding.ts';

const finding = (bucket: string): Finding => ({ bucket }) as Finding;

describe('fuzz/baseline', () => {
  const text = JSON.stringify({ known: [{ bucket: 'a', until: '2027-01-31', reason: 'ticket 7' }] });

  it('excuses a bucket until its day is over', async () => {
    const baseline = await parseBaseline(text);
    expect(baseline.has(finding('a'), '2027-01-31')).to.equal(true);
    expect(baseline.has(finding('a'), '2027-02-01')).to.equal(false);
    expect(baseline.has(finding('b'), '2027-01-01')).to.equal(false);
  });

  it('wants a reason and a day', async () => {
    for (const bad of ['[]', '{"known":[{"bucket":"a"}]}', text.replace('31', '41'), '{']) {
      const error = await parseBaseline(bad).catch((e: unknown) => e);
      expect(error, bad).to.be.instanceOf(FindingError);
    }
  });
});
