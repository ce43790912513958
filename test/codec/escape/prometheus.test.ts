import { expect } from 'chai';
import { escapeLabel } from '../../../codec/escape/prometheus.ts';
import { HOSTILE, WELL_FORMED } from './corpus.ts';

describe('codec/escape/prometheus', () => {
  it('never ends the value or the line', () => {
    for (const text of HOSTILE) {
      expect(`"${escapeLabel(text)}"`, JSON.stringify(text)).to.match(/^"(?:[^"\\\n\r]|\\["\\n])*"$/);
      expect(escapeLabel(text)).not.to.match(/\p{Surrogate}/u);
    }
  });

  it('reads back as the text', () => {
    for (const text of WELL_FORMED.filter((t) => !t.includes('\r'))) {
      const back = escapeLabel(text).replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c));
      expect(back).to.equal(text);
    }
  });
});
