import { expect } from 'chai';
import fc from 'fast-check';
import { divide, LAYOUTS, PANES } from '../../../tui/views/area.ts';

const options = { layout: 'auto', listShare: 45, treeShare: 55, zoomed: null } as const;

describe('tui/views/area', () => {
  it('has all three panes in 80x24, and bytes beside the tree where there is room', () => {
    const small = divide(80, 24, options);
    expect([small.list!.height, small.tree!.height, small.bytes!.height]).to.deep.equal([9, 7, 5]);
    const wide = divide(160, 50, options);
    expect(wide.tree!.y).to.equal(wide.bytes!.y);
  });

  it('zooms into one pane', () => {
    const { list, tree, bytes } = divide(80, 24, { ...options, zoomed: 'bytes' });
    expect([list, tree, bytes]).to.deep.equal([null, null, { x: 0, y: 2, width: 80, height: 21 }]);
  });

  it('no two panes overlap and none leaves the screen, of whatever size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 250 }),
        fc.integer({ min: 1, max: 90 }),
        fc.constantFrom(...LAYOUTS, 'auto' as const),
        fc.integer({ min: 10, max: 90 }),
        fc.integer({ min: 10, max: 90 }),
        (width, height, layout, listShare, treeShare) => {
          const areas = divide(width, height, { layout, listShare, treeShare, zoomed: null });
          const shown = PANES.flatMap((pane) => areas[pane] ?? []);
          const cells = new Set<number>();
          for (const area of shown) {
            for (let y = area.y; y < area.y + area.height; y++) {
              for (let x = area.x; x < area.x + area.width; x++) {
                expect(cells.has(y * 1000 + x), 'overlap').to.equal(false);
                cells.add(y * 1000 + x);
                expect(y).to.be.lessThan(Math.max(height - 1, 3));
              }
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
