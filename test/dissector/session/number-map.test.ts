import { expect } from 'chai';
import fc from 'fast-check';
import { NumberMap } from '../../../dissector/session/number-map.ts';

const key = fc.oneof(
  fc.nat(40),
  fc.maxSafeNat(),
  fc.nat(40).map((n) => n * 2 ** 32 + 1),
);

describe('dissector/session/number-map', () => {
  it('does what a Map does', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('set', 'delete', 'get'), key), { maxLength: 600 });
    fc.assert(
      fc.property(steps, (list) => {
        const map = new NumberMap<number>();
        const model = new Map<number, number>();
        list.forEach(([what, k], i) => {
          if (what === 'set') {
            map.set(k, i);
            model.set(k, i);
          } else if (what === 'delete') {
            map.delete(k);
            model.delete(k);
          }
          expect(map.get(k)).to.equal(model.get(k));
          expect(map.size).to.equal(model.size);
        });
        for (const [k, value] of model) expect(map.get(k)).to.equal(value);
      }),
    );
  });

  it('keeps a hundred thousand keys that differ in a few bits, in no long chains', function () {
    this.timeout(5000);
    for (const step of [1, 64, 2 ** 16, 2 ** 32]) {
      const map = new NumberMap<number>();
      for (let i = 0; i < 100_000; i++) map.set(i * step, i);
      for (let i = 0; i < 100_000; i++) if (map.get(i * step) !== i) expect.fail(`lost ${i * step}`);
      expect(map.size).to.equal(100_000);
    }
  });

  it('uses the places of what was deleted again', () => {
    const map = new NumberMap<object>();
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 1_000_000; i++) {
      map.set(i, map);
      if (i >= 50) map.delete(i - 50);
    }
    expect(map.size).to.equal(50);
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(1 << 20);
  });
});
