import { expect } from 'chai';
import { outcomeText, summaryText } from '../../cli/replay-text.ts';
import { ReplayError, Tally } from '../../replay/index.ts';
import { outcome } from '../replay/sessions.ts';

describe('cli/replay-text', () => {
  it('says what differs, and nothing of what does not', () => {
    expect(outcomeText(outcome())).to.equal('');
    expect(outcomeText(outcome({ verdict: null, unsent: 'gss' }))).to.equal('');
    const changed = outcome({ verdict: 'changed', changes: [{ path: 'result.x', a: '1', b: null }] });
    expect(outcomeText(changed)).to.equal('changed  P.A\n           result.x: 1 → (none)\n');
  });

  it('lets nothing through to the terminal', () => {
    const hostile = outcome({ verdict: 'changed', changes: [{ path: 'a', a: '\u001b[2J', b: '\u0007' }] });
    expect(outcomeText(hostile)).to.not.match(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it('sums up', () => {
    const tally = new Tally();
    tally.add(outcome({ lateNs: 1000 }));
    tally.add(outcome({ verdict: null, unsent: 'des', sentNs: null, replayedNs: null }));
    const lost = new ReplayError('LOST', 'refused');
    const text = summaryText({ tally, elapsedNs: 5e8, lost, isInterrupted: true });
    expect(text).to.include('1 calls sent in 0.500000000 s (2 a second): 1 same, 0 mapped, 0 changed');
    expect(text).to.include('1 not sent, unreplayable: sealed by DES\n');
    expect(text).to.match(/^latency replayed: p50 0\.000000200 /m);
    expect(text).to.match(/^sent late by: p50 0\.00000100/m);
    expect(text).to.include('interrupted');
    expect(text).to.include('target lost: refused');
  });
});
