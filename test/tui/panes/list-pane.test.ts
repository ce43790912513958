import { expect } from 'chai';
import fc from 'fast-check';
import { ListPane } from '../../../tui/panes/list-pane.ts';

describe('tui/panes/list-pane', () => {
  it('the cursor is always in range and in view, whatever is done', () => {
    const step = fc.oneof(
      fc.integer({ min: -50, max: 50 }).map((n) => (list: ListPane) => list.move(n)),
      fc.integer({ min: -3, max: 3 }).map((n) => (list: ListPane) => list.page(n)),
      fc.integer({ min: -9, max: 9 }).map((n) => (list: ListPane) => list.scroll(n)),
      fc.integer({ min: -5, max: 300 }).map((n) => (list: ListPane) => list.show(n)),
      fc.tuple(fc.nat(200), fc.integer({ min: -2, max: 40 })).map(
        ([count, height]) =>
          (list: ListPane) =>
            list.fit(count, height),
      ),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const list = new ListPane();
        list.fit(100, 10);
        for (const act of steps) {
          act(list);
          expect(list.cursor).to.be.within(0, Math.max(0, list.count - 1));
          expect(list.top).to.be.within(0, Math.max(0, list.count - list.height));
          expect(list.cursor).to.be.within(list.top, list.top + list.height - 1);
        }
      }),
    );
  });

  it('pages keep the cursor where it is on the screen, and end at the ends', () => {
    const list = new ListPane();
    list.fit(1000, 20);
    list.page(1);
    expect([list.top, list.cursor]).to.deep.equal([20, 20]);
    list.page(100);
    expect([list.top, list.cursor, list.atEnd]).to.deep.equal([980, 999, true]);
    list.select(Number.NEGATIVE_INFINITY);
    expect([list.top, list.cursor]).to.deep.equal([0, 0]);
  });

  it('brings a line that was out of view to the middle', () => {
    const list = new ListPane();
    list.fit(1000, 20);
    list.show(500);
    expect([list.top, list.cursor]).to.deep.equal([490, 500]);
    list.show(495);
    expect(list.top).to.equal(490);
  });
});
