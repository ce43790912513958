import { expect } from 'chai';
import { Table } from '../../../tui/trace/table.ts';

describe('tui/trace/table', () => {
  for (const [name, maxBytes] of [
    ['in memory', 64 << 20],
    ['with all but two pages in the file', 1],
  ] as const) {
    it(`keeps rows of every kind, ${name}`, () => {
      const table = new Table({ maxBytes });
      const [f64, u32, i32, u16, u8] = (['f64', 'u32', 'i32', 'u16', 'u8'] as const).map((kind) =>
        table.column(kind),
      );
      const rows = 20_000;
      for (let i = 0; i < rows; i++) {
        expect(table.append()).to.equal(i);
        f64!.set(i, i * 2 ** 21);
        u32!.set(i, 2 ** 32 - 1 - i);
        i32!.set(i, -i);
        u16!.set(i, i & 0xffff);
        u8!.set(i, i & 0xff);
      }
      // what was given to the file is changed there too
      i32!.set(3, 77);
      for (let i = 0; i < rows; i += 997) {
        expect(f64!.get(i)).to.equal(i * 2 ** 21);
        expect(u32!.get(i)).to.equal(2 ** 32 - 1 - i);
        expect(u16!.get(i)).to.equal(i & 0xffff);
        expect(u8!.get(i)).to.equal(i & 0xff);
      }
      expect(i32!.get(3)).to.equal(77);
      expect(i32!.get(rows - 1)).to.equal(1 - rows);
      expect(table.length).to.equal(rows);
      table.close();
    });
  }

  it('reads a row that is not there as 0, and refuses columns after rows', () => {
    const table = new Table();
    const column = table.column('u32');
    expect(column.get(5)).to.equal(0);
    table.append();
    expect(column.get(-1)).to.equal(0);
    expect(() => table.column('u8')).to.throw('columns come before rows');
    table.close();
  });
});
