import { expect } from 'chai';
import { jsonReport, ndjsonReport, type Replayed, type ReportSubject, Tally } from '../../replay/index.ts';
import { outcome } from './sessions.ts';

const subject: ReportSubject = {
  capture: 'a.pcap',
  targets: ['tcp://x:1'],
  timing: 'asap',
  calls: 2,
  connections: 1,
};

describe('replay/report', () => {
  const outcomes = [
    outcome(),
    outcome({ verdict: 'changed', changes: [{ path: 'result.x', a: '1', b: '"</script>"' }] }),
  ];
  const tally = new Tally();
  for (const one of outcomes) tally.add(one);
  const replayed: Replayed = { tally, elapsedNs: 1_500_000_000, lost: null, isInterrupted: false };

  it('is one JSON document', () => {
    const { summary, calls, ...head } = JSON.parse(jsonReport(subject, replayed, outcomes));
    expect(head).to.deep.equal({ kind: 'replay', version: 1 });
    expect(summary).to.deep.include({
      capture: 'a.pcap',
      elapsed: 1.5,
      sent: 2,
      same: 1,
      changed: 1,
      lost: null,
    });
    expect(summary.procedures['P.A'].replayed).to.deep.include({ count: 2, max: 2e-7 });
    expect(calls).to.have.length(2);
    expect(calls[1]).to.deep.include({
      verdict: 'changed',
      changes: [{ path: 'result.x', a: '1', b: '"</script>"' }],
    });
  });

  it('is a line for each call and one for the sum', () => {
    const lines = ndjsonReport(subject, replayed, outcomes)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ kind }) => kind)).to.deep.equal(['call', 'call', 'summary']);
  });
});
