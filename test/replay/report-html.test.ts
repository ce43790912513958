import { expect } from 'chai';
import { htmlReport, type Outcome, type Replayed, type ReportSubject, Tally } from '../../replay/index.ts';
import { outcome, recordedCall, VIRT } from './sessions.ts';

const SUBJECT: ReportSubject = {
  capture: 'a.pcap',
  targets: ['tcp://127.0.0.1:9'],
  timing: 'asap',
  calls: 2,
  connections: 1,
};

const HOSTILE = `<script>alert(1)</script>"' onload=x &amp; \u0000\u001b[31m\ud800`;

function reportOf(outcomes: readonly Outcome[], subject: ReportSubject = SUBJECT): string {
  const tally = new Tally();
  for (const one of outcomes) tally.add(one);
  const replayed: Replayed = { tally, elapsedNs: 1e9, lost: null, isInterrupted: false };
  return htmlReport(subject, replayed, outcomes);
}

const call = recordedCall({ ...VIRT, procedure: 0 }, 7, 0, 1);
const changed = (path: string, a = '1', b = '2'): Outcome =>
  outcome({ call, verdict: 'changed', changes: [{ path, a, b }] });

describe('replay/report-html', () => {
  it('is one file that fetches and runs nothing', () => {
    const html = reportOf([outcome({ call })]);
    expect(html).to.include(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(html).to.not.match(/<script|<link|<img|<iframe|src=|href=|url\(|@import|\son\w+=/i);
    expect(html).to.include('color-scheme: light dark');
    expect(html).to.include('<li class="good"><b>1</b>same</li>').and.to.include('none in any answer');
  });

  it('has each procedure with its latencies, recorded and replayed, in milliseconds', () => {
    const html = reportOf([outcome({ call, recordedNs: 2_000_000, replayedNs: 500_000 })]);
    const row = html.split('\n').find((line) => line.includes('<td>P.A</td>'));
    expect(row).to.match(/<td class="n">1<\/td><td class="n">2\.0\d\d<\/td><td class="n">0\.5\d\d<\/td>/);
  });

  it('gathers differences by path, whatever the element of an array', () => {
    const html = reportOf([changed('result.list[0].size', '5', '6'), changed('result.list[3].size')]);
    expect(html.match(/<td><code>result\.list\[\]\.size<\/code><\/td>/g)).to.have.length(1);
    expect(html).to.include(
      '<td class="n">2</td><td><code>5</code></td><td><code>6</code></td><td>call 7</td>',
    );
    expect(html).to.include('result.list[3].size: 1 → 2');
  });

  it('escapes what captures, peers and options say', () => {
    const one = { ...changed(HOSTILE, HOSTILE, HOSTILE), procedure: HOSTILE, note: HOSTILE };
    const html = reportOf([one], { ...SUBJECT, capture: HOSTILE, targets: [HOSTILE], timing: HOSTILE });
    expect(html).to.not.include('<script').and.to.not.include('\u0000').and.to.not.include('\u001b');
    expect(html).to.include('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(
      html.match(
        /<(?!\/?(?:html|head|meta|title|style|body|h1|h2|p|ul|li|b|div|table|caption|tr|th|td|code)\b|!doctype html>)/,
      ),
    ).to.equal(null);
  });

  it('is bounded, and says so', () => {
    const html = reportOf(Array.from({ length: 1100 }, (_, i) => changed(`result.f${i}`)));
    expect(html).to.include('and 600 paths more').and.to.include('and 100 calls more');
  });
});
