/**
 * A screen as cells: a character and a style each. All text that is drawn comes through `put`, which makes it fit:
 * whatever it holds, it stays in its line and its width and cannot steer the terminal. Nothing throws.
 */
import { escapeTerminal } from '../../codec/escape/index.ts';
import { cellsOf } from './text-cells.ts';

/** Marks joined to one character; more would let one cell grow over others. */
const MAX_JOINED = 2;

/** Part of a grid. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export class Grid {
  readonly width: number;
  readonly height: number;
  /** by row, then column; '' behind a wide character */
  readonly chars: string[];
  readonly styles: Uint8Array;
  /** where text is typed, null: nowhere */
  caret: { readonly x: number; readonly y: number } | null = null;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.chars = new Array<string>(width * height).fill(' ');
    this.styles = new Uint8Array(width * height);
  }

  clear(): void {
    this.chars.fill(' ');
    this.styles.fill(0);
    this.caret = null;
  }

  fill(area: Area, style: number): void {
    const from = Math.max(0, area.x);
    const to = Math.min(this.width, area.x + area.width);
    if (to <= from) return;
    for (let y = Math.max(0, area.y); y < Math.min(this.height, area.y + area.height); y++) {
      const base = y * this.width;
      this.#part(base, from, to);
      this.chars.fill(' ', base + from, base + to);
      this.styles.fill(style, base + from, base + to);
    }
  }

  /** Changes the style of cells and leaves their characters. */
  paint(x: number, y: number, width: number, style: number): void {
    if (y < 0 || y >= this.height) return;
    const from = Math.max(0, x);
    const to = Math.min(this.width, x + width);
    if (to > from) this.styles.fill(style, y * this.width + from, y * this.width + to);
  }

  /**
   * Draws text from (x, y) on over at most `width` cells, cut with `…` where it is longer; how many cells it took.
   * `skip`: cells of the text left out at its front.
   */
  put(x: number, y: number, text: string, style: number, width = this.width - x, skip = 0): number {
    if (y < 0 || y >= this.height || width <= 0) return 0;
    const first = Math.max(0, x);
    const limit = Math.min(this.width, x + width);
    if (limit <= first) return 0;
    const base = y * this.width;
    let at = x - skip;
    for (const char of safe(text)) {
      const cells = cellsOf(char.codePointAt(0)!);
      if (cells === 0) {
        this.#join(base, at, first, limit, char);
        continue;
      }
      if (at + cells > limit) {
        this.#part(base, limit - 1, limit);
        this.chars[base + limit - 1] = '…';
        this.styles[base + limit - 1] = style;
        return limit - x;
      }
      if (at >= first) {
        this.#part(base, at, at + cells);
        this.chars[base + at] = char;
        this.styles[base + at] = style;
        if (cells === 2) {
          this.chars[base + at + 1] = '';
          this.styles[base + at + 1] = style;
        }
      } else if (at + 1 === first && cells === 2) {
        // half of it is left out, so all of it is
        this.#part(base, first, first + 1);
        this.chars[base + first] = ' ';
        this.styles[base + first] = style;
      }
      at += cells;
    }
    return Math.max(0, at - x);
  }

  /** A line of the screen as text, without blanks at its end. */
  line(y: number): string {
    return this.chars
      .slice(y * this.width, (y + 1) * this.width)
      .join('')
      .trimEnd();
  }

  /** Cells [from, to) will be written: of a wide character that reaches out of them nothing stays. */
  #part(base: number, from: number, to: number): void {
    if (this.chars[base + from] === '' && from > 0) this.chars[base + from - 1] = ' ';
    if (to < this.width && this.chars[base + to] === '') this.chars[base + to] = ' ';
  }

  #join(base: number, at: number, from: number, limit: number, mark: string): void {
    let index = base + at - 1;
    if (at - 1 < from || at > limit) return;
    if (this.chars[index] === '') index--;
    const joined = this.chars[index]!;
    if (joined !== ' ' && [...joined].length <= MAX_JOINED) this.chars[index] = joined + mark;
  }
}

const PRINTABLE = /^[\x20-\x7e]*$/;

function safe(text: string): string {
  return PRINTABLE.test(text) ? text : escapeTerminal(text);
}
