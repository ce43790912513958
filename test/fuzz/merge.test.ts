import { expect } from 'chai';
import { mergeRuns, parseRun, RUN_FORMAT, type RunRecord } from '../../fuzz/merge.ts';
import { sampleFinding, sampleRun } from './sample-report.ts';

const record = (over: Partial<RunRecord> = {}): RunRecord => ({
  format: RUN_FORMAT,
  ...sampleRun,
  findings: [sampleFinding.id],
  ...over,
});

async function refusalOf(over: object): Promise<string> {
  try {
    await parseRun(JSON.stringify({ ...record(), ...over }));
  } catch (e) {
    return (e as Error).message;
  }
  throw new Error('it was taken');
}

describe('fuzz/merge', () => {
  it('reads a record back, and nothing that is none', async () => {
    expect(await parseRun(JSON.stringify(record({ shard: '1/4' })))).to.deep.equal(record({ shard: '1/4' }));
    expect(await refusalOf({ findings: ['../../etc/passwd'] })).to.contain('findings.0');
    expect(await refusalOf({ seed: 2 ** 32 })).to.contain('seed');
    expect(await refusalOf({ format: 'other' })).to.contain('format');
  });

  it('has each bucket once, its smallest finding, and the cases of all', () => {
    const small = { ...sampleFinding, messages: ['00'], count: 3 };
    const unsure = { ...sampleFinding, messages: [''], confirmed: false };
    const other = { ...sampleFinding, bucket: 'other', id: '000000000001' };
    const { runs, findings } = mergeRuns([
      { run: record({ shard: '1/3' }), findings: [sampleFinding] },
      { run: record({ shard: '2/3' }), findings: [small, other] },
      { run: record({ shard: '3/3' }), findings: [unsure] },
    ]);
    expect(runs.map(({ shard }) => shard)).to.deep.equal(['1/3', '2/3', '3/3']);
    expect(runs[0]).not.to.have.any.keys('format', 'findings');
    expect(findings).to.deep.equal([{ ...small, count: 5 }, other]);
  });

  it('refuses a run that is there twice', () => {
    const twice = [record(), record()].map((run) => ({ run, findings: [] }));
    expect(() => mergeRuns(twice)).to.throw('is there twice');
  });
});
