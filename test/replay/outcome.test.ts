import { expect } from 'chai';
import { Tally } from '../../replay/index.ts';
import { outcome } from './sessions.ts';

describe('replay/outcome', () => {
  it('counts verdicts, what was not sent, and latencies by procedure', () => {
    const tally = new Tally();
    tally.add(outcome());
    expect(tally.differs).to.equal(false);
    tally.add(outcome({ verdict: 'changed', procedure: 'P.B', lateNs: 50 }));
    tally.add(outcome({ verdict: null, unsent: 'gss', sentNs: null, replayedNs: null }));
    tally.add(outcome({ verdict: null, unsent: 'untargeted', sentNs: null, replayedNs: null }));
    tally.add(outcome({ verdict: 'missing', isCallback: true }));
    expect(tally.verdicts).to.deep.equal({ same: 1, mapped: 0, changed: 1, missing: 1, extra: 0 });
    expect(tally).to.include({ sent: 2, unreplayable: 1, differs: true });
    expect(tally.procedures.get('P.A')!.recorded.count).to.equal(3);
    expect(tally.procedures.get('P.B')!.replayed.max).to.equal(200);
    expect(tally.sinceDue.max).to.equal(250);
    expect(tally.late.count).to.equal(1);
  });
});
