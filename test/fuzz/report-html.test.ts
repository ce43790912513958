import { expect } from 'chai';
import { htmlReport } from '../../fuzz/report-html.ts';
import { knownReport, sampleReport, sampleReported, sampleRun } from './sample-report.ts';

describe('fuzz/report-html', () => {
  it('is one file that fetches and runs nothing, and escapes what others say', () => {
    const html = htmlReport(sampleReport);
    expect(html).to.contain("default-src 'none'");
    expect(html).not.to.match(/<script|<link|src=|https?:/);
    expect(html).to.contain('&lt;&amp;"&gt;').and.not.to.contain('\x1b');
  });

  it('has each finding with its id, its bucket, its bytes and the line that shows it again', () => {
    const html = htmlReport(sampleReport);
    const { id, messages } = sampleReported;
    expect(html).to.contain(`<a href="#${id}">`).and.to.contain(`<h2 id="${id}">`);
    expect(html).to.contain("<code>oncilla fuzz replay 'a b'</code>");
    expect(html).to.contain(`<code>${messages[0]?.slice(0, 8)} ${messages[0]?.slice(8, 16)} `);
    expect(html).to.contain('<b>1</b>findings');
  });

  it('tells findings from known ones, and how a run ended', () => {
    const html = htmlReport({ ...knownReport, runs: [{ ...sampleRun, gone: true, shard: '1/2' }] });
    expect(html).to.contain('<b>0</b>findings').and.to.contain('<b>1</b>known');
    expect(html).to.contain('the target is gone').and.to.contain('1/2');
    expect(htmlReport({ ...sampleReport, findings: [] })).not.to.contain('<h2>Findings');
  });

  it('is bounded, and says so', () => {
    const long = { ...sampleReported, messages: Array.from({ length: 20 }, () => '00'.repeat(600)) };
    const html = htmlReport({ ...sampleReport, findings: Array.from({ length: 501 }, () => long) });
    expect(html).to.contain('… 88 bytes more').and.to.contain('and 4 messages more');
    expect(html).to.contain('and 1 findings more');
  });
});
