import { expect } from 'chai';
import { junitReport, ReplayError, Tally } from '../../replay/index.ts';
import { loadXmlParser } from '../../server/virt/xml/parse.ts';
import { outcome } from './sessions.ts';

describe('replay/report-junit', () => {
  it('is XML whatever a peer wrote, with a failure for each difference', async () => {
    const outcomes = [
      outcome(),
      outcome({ verdict: 'changed', changes: [{ path: 'result."]]>\u001b', a: '1', b: '"<x>&"' }] }),
      outcome({ verdict: 'missing', note: 'nothing came' }),
      outcome({ verdict: null, unsent: 'gss' }),
    ];
    const tally = new Tally();
    for (const one of outcomes) tally.add(one);
    const lost = new ReplayError('LOST', 'gone & away');
    const xml = junitReport(
      { capture: '<"a">.pcap', targets: ['tcp://x:1'], timing: 'asap', calls: 4, connections: 1 },
      { tally, elapsedNs: 1e9, lost, isInterrupted: false },
      outcomes,
    );
    const root = (await loadXmlParser())(xml.replace(/^<\?xml.*\n/, ''));
    expect(root.name).to.equal('testsuites');
    expect(xml).to.include('tests="4" failures="2" errors="1" skipped="1"');
    expect(xml.match(/<testcase /g)).to.have.length(4);
    expect(xml.match(/<failure /g)).to.have.length(2);
    expect(xml).to.include('<skipped message="gss"/>');
    expect(xml).to.include('gone &amp; away');
  });
});
