import { expect } from 'chai';
import { newFinding } from '../../fuzz/finding.ts';
import { type Report, reportFormat, reportText } from '../../fuzz/report.ts';
import { caseNamed, PUT } from './base.ts';

const one = caseNamed(PUT, '/valid');
const fault = { oracle: 'system', shape: '<&">', detail: ']]>\x1b[2J' } as const;
const init = {
  fault,
  seed: 1,
  profile: 'strict',
  stream: true,
  confirmed: true,
  messages: [one.bytes],
  reply: null,
} as const;
const finding = { ...newFinding(one, init), reproduce: "oncilla fuzz replay 'a b'", baselined: false };
const report: Report = {
  target: 'tcp://h:1',
  seed: 1,
  cases: 10,
  seconds: 2,
  outcomes: { SUCCESS: 10 },
  procedures: ['PLANT_NULL.1', 'PLANT_PUT.1'],
  findings: [finding],
};

describe('fuzz/report', () => {
  it('knows its formats by their endings', () => {
    expect(['a.json', 'b.ndjson', 'c.xml', 'd.html', 'e'].map(reportFormat)).to.deep.equal([
      'json',
      'ndjson',
      'xml',
      undefined,
      undefined,
    ]);
  });

  it('writes JUnit with a case for each procedure, escaped', () => {
    const text = reportText(report, 'xml');
    expect(text).to.contain('tests="2" failures="1"');
    expect(text).to.contain('<testcase classname="oncilla.fuzz" name="PLANT_NULL.1"/>');
    expect(text).to.contain('&lt;&amp;&quot;&gt;');
    expect(text).not.to.contain('\x1b');
    const known = reportText({ ...report, findings: [{ ...finding, baselined: true }] }, 'xml');
    expect(known).to.contain('failures="0"').and.to.contain('<skipped');
  });

  it('writes a line for each finding and one for the run', () => {
    const lines = reportText(report, 'ndjson')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.event)).to.deep.equal(['finding', 'summary']);
    expect(lines[1]).to.include({ cases: 10, seed: 1, findings: 1 });
    expect(JSON.parse(reportText(report, 'json'))).to.deep.equal(report);
  });
});
