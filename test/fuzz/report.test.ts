import { expect } from 'chai';
import { reportFormat, reportText } from '../../fuzz/report.ts';
import { knownReport, sampleReport, sampleRun } from './sample-report.ts';

describe('fuzz/report', () => {
  it('knows its formats by their endings', () => {
    const files = ['a.json', 'b.ndjson', 'c.xml', 'd.html', 'e.sarif', 'f', 'g.pdf'];
    expect(files.map(reportFormat)).to.deep.equal([
      'json',
      'ndjson',
      'xml',
      'html',
      'sarif',
      undefined,
      undefined,
    ]);
  });

  it('writes everything as JSON', () => {
    expect(JSON.parse(reportText(sampleReport, 'json'))).to.deep.equal(sampleReport);
  });

  it('writes a line for each finding, for each run, and one that sums up', () => {
    const report = { ...knownReport, runs: [sampleRun, { ...sampleRun, seed: 2, cases: 5 }] };
    const lines = reportText(report, 'ndjson')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.event)).to.deep.equal(['finding', 'run', 'run', 'summary']);
    expect(lines[2]).to.include({ seed: 2, cases: 5 });
    expect(lines[3]).to.include({ cases: 15, findings: 1, known: 1, version: '1.2.3' });
  });
});
