/**
 * Rows of numbers, a million and more, in bounded memory: columns of typed arrays in pages of 4096 rows. Pages beyond
 * the bound go to a scratch file, the one longest unused first, and come back when asked for. Rows are only appended;
 * a row that is not there reads as 0. Throws only what the file throws.
 */
import { Scratch } from './scratch.ts';

const PAGE_BITS = 12;
const PAGE_ROWS = 1 << PAGE_BITS;
const IN_PAGE = PAGE_ROWS - 1;

const ARRAYS = {
  f64: Float64Array,
  u32: Uint32Array,
  i32: Int32Array,
  u16: Uint16Array,
  u8: Uint8Array,
} as const;

/** Numbers of a column: `u32` holds 0 to 4294967295, `f64` whole numbers up to 2^53. */
export type ColumnKind = keyof typeof ARRAYS;
type ColumnArray = InstanceType<(typeof ARRAYS)[ColumnKind]>;

interface Page {
  readonly bytes: Uint8Array;
  readonly columns: readonly ColumnArray[];
  used: number;
  dirty: boolean;
}

export interface TableOptions {
  /** bytes of pages kept in memory, at least two pages */
  readonly maxBytes?: number;
}

export class Table {
  readonly #kinds: ColumnKind[] = [];
  readonly #maxBytes: number;
  /** null: in the file */
  readonly #pages: (Page | null)[] = [];
  /** where a page stands in the file, -1 when it was never there */
  readonly #places: number[] = [];
  readonly #file = new Scratch();
  #resident = 0;
  #clock = 0;
  #length = 0;

  constructor(options: TableOptions = {}) {
    this.#maxBytes = options.maxBytes ?? 24 << 20;
  }

  get length(): number {
    return this.#length;
  }

  /** A further column. All are made before the first row. */
  column(kind: ColumnKind): Column {
    if (this.#length > 0) throw new Error('columns come before rows');
    this.#kinds.push(kind);
    return new Column(this, this.#kinds.length - 1);
  }

  /** A new row of zeros; its number. */
  append(): number {
    const row = this.#length++;
    if ((row & IN_PAGE) === 0) {
      this.#makeRoom();
      this.#pages.push(this.#newPage());
      this.#places.push(-1);
      this.#resident++;
    }
    return row;
  }

  /** The page of a row, in memory. */
  page(row: number): Page | null {
    const index = row >>> PAGE_BITS;
    let page = this.#pages[index];
    if (page === undefined || row < 0) return null;
    page ??= this.#load(index);
    page.used = ++this.#clock;
    return page;
  }

  /** Lets go of the file. */
  close(): void {
    this.#file.close();
  }

  #newPage(): Page {
    // wide columns first, so that each begins at a multiple of its size
    const sized = this.#kinds.map((kind, column) => ({ column, array: ARRAYS[kind] }));
    const order = sized.toSorted((a, b) => b.array.BYTES_PER_ELEMENT - a.array.BYTES_PER_ELEMENT);
    const size = sized.reduce((sum, { array }) => sum + array.BYTES_PER_ELEMENT * PAGE_ROWS, 0);
    const buffer = new ArrayBuffer(size);
    const columns: ColumnArray[] = [];
    let at = 0;
    for (const { column, array } of order) {
      columns[column] = new array(buffer, at, PAGE_ROWS);
      at += array.BYTES_PER_ELEMENT * PAGE_ROWS;
    }
    return { bytes: new Uint8Array(buffer), columns, used: ++this.#clock, dirty: true };
  }

  #load(index: number): Page {
    this.#makeRoom();
    const page = this.#newPage();
    this.#file.read(this.#places[index]!, page.bytes);
    page.dirty = false;
    this.#pages[index] = page;
    this.#resident++;
    return page;
  }

  #makeRoom(): void {
    const size = this.#pages.find((page) => page !== null)?.bytes.length ?? 1;
    while (this.#resident >= Math.max(2, Math.floor(this.#maxBytes / size))) this.#evict();
  }

  #evict(): void {
    let oldest = -1;
    let used = Number.POSITIVE_INFINITY;
    for (const [index, page] of this.#pages.entries()) {
      if (page === null || page.used >= used) continue;
      oldest = index;
      used = page.used;
    }
    const page = this.#pages[oldest]!;
    if (page.dirty) {
      const place = this.#places[oldest]!;
      if (place < 0) this.#places[oldest] = this.#file.append(page.bytes);
      else this.#file.overwrite(place, page.bytes);
    }
    this.#pages[oldest] = null;
    this.#resident--;
  }
}

/** One column of a Table. */
class Column {
  readonly #table: Table;
  readonly #index: number;

  constructor(table: Table, index: number) {
    this.#table = table;
    this.#index = index;
  }

  get(row: number): number {
    return this.#table.page(row)?.columns[this.#index]?.[row & IN_PAGE] ?? 0;
  }

  set(row: number, value: number): void {
    const page = this.#table.page(row);
    if (page === null) return;
    page.dirty = true;
    page.columns[this.#index]![row & IN_PAGE] = value;
  }
}

export type { Column };
