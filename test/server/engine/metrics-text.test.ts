import { expect } from 'chai';
import { familyText, labelled, metric } from '../../../server/engine/metrics-text.ts';

describe('server/engine/metrics-text', () => {
  it('has a help line, a type line and the samples', () => {
    expect(familyText(metric('open', 'gauge', 'what is open', 3))).to.equal(
      '# HELP oncilla_open what is open\n# TYPE oncilla_open gauge\noncilla_open 3',
    );
    const counts = new Map([
      ['a', 1],
      ['b"\\\n', 2],
    ]);
    expect(
      familyText(metric('n', 'counter', 'n', labelled('why', counts)))
        .split('\n')
        .slice(2),
    ).to.deep.equal(['oncilla_n{why="a"} 1', 'oncilla_n{why="b\\"\\\\\\n"} 2']);
  });
});
