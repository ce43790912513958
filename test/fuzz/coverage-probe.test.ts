import { expect } from 'chai';
import { CoverageProbe } from '../../fuzz/coverage-probe.ts';

describe('fuzz/coverage-probe', () => {
  it('says which blocks ran since it was asked, and has the source of what is loaded', () => {
    const probe = new CoverageProbe((url) => url === 'probed.js');
    probe.start();
    try {
      const source = 'if (n > 5) { return "large"; } return "small";\n//# sourceURL=probed.js';
      const probed = new Function('n', source) as (n: number) => string;
      const counts = (): number[] => {
        const [script] = probe.take();
        return script?.functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)) ?? [];
      };
      probed(1);
      expect(counts()).to.include(0);
      probed(9);
      probed(9);
      expect(counts()).to.include(2);
      probed(9);
      expect(counts()).not.to.include(2);
      expect(probe.newSources().join('')).to.contain('return "large"');
      expect(probe.newSources()).to.deep.equal([]);
    } finally {
      probe.stop();
    }
  });

  it('gives the thread back', () => {
    for (let i = 0; i < 3; i++) {
      const probe = new CoverageProbe(() => true);
      probe.start();
      expect(probe.take()).to.be.an('array');
      probe.stop();
    }
  });
});
