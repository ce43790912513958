import { expect } from 'chai';
import { junitReport } from '../../fuzz/report-junit.ts';
import { knownReport, sampleReport, sampleRun } from './sample-report.ts';

describe('fuzz/report-junit', () => {
  it('has a case for each procedure, escaped', () => {
    const text = junitReport(sampleReport);
    expect(text).to.contain('tests="2" failures="1" errors="0" skipped="0" time="2.000"');
    expect(text).to.contain('<testcase classname="oncilla.fuzz" name="PLANT_NULL.1"/>');
    expect(text).to.contain('<property name="seed" value="1"/>');
    expect(text).to.contain('&lt;&amp;&quot;&gt;').and.to.contain("oncilla fuzz replay 'a b'");
    expect(text).not.to.contain('\x1b');
  });

  it('skips what a baseline knows, and has an error for a target that is gone', () => {
    const known = junitReport(knownReport);
    expect(known).to.contain('failures="0" errors="0" skipped="1"').and.to.contain('<skipped');
    expect(junitReport({ ...sampleReport, runs: [{ ...sampleRun, gone: true }] })).to.contain('errors="1"');
  });

  it('names the seed of each shard', () => {
    const runs = ['1/2', '2/2'].map((shard) => ({ ...sampleRun, shard }));
    const text = junitReport({ ...sampleReport, runs });
    expect(text).to.contain('name="seed of shard 2/2"').and.to.contain('tests="2"');
  });
});
