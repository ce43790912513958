/**
 * Marks and comments on packets. They begin as the comments of the capture's packets and are written as such when
 * packets are saved, so that they survive and Wireshark shows them. Tags are words of a comment that begin with `#`.
 * Nothing throws.
 */
import { NumberList } from './growing.ts';
import type { Trace } from './trace.ts';

/** The comment that stands for a mark. */
export const MARK_COMMENT = 'oncilla: marked';

interface Note {
  readonly marked: boolean;
  readonly text: string;
}

export class Notes {
  readonly #trace: Trace;
  /** what was changed here, by row */
  readonly #changed = new Map<number, Note>();

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** Whether something is not in the capture. */
  get unsaved(): number {
    return this.#changed.size;
  }

  isMarked(row: number): boolean {
    return this.#of(row).marked;
  }

  /** The comments of a packet as one text. */
  textOf(row: number): string {
    return this.#of(row).text;
  }

  tagsOf(row: number): string[] {
    return this.textOf(row).match(/#[^\s#]+/g) ?? [];
  }

  toggleMark(row: number): boolean {
    const note = this.#of(row);
    this.#changed.set(row, { ...note, marked: !note.marked });
    return !note.marked;
  }

  setText(row: number, text: string): void {
    this.#changed.set(row, { ...this.#of(row), text: text.trim() });
  }

  /** As they are written with the packet. */
  commentsOf(row: number): string[] {
    const { marked, text } = this.#of(row);
    return [...(marked ? [MARK_COMMENT] : []), ...(text === '' ? [] : [text])];
  }

  /** The packets with a mark or a comment, in order. */
  rows(): NumberList {
    const rows = new NumberList();
    const { commented } = this.#trace;
    for (let i = 0; i < commented.length; i++) rows.push(commented.get(i));
    for (const row of this.#changed.keys()) if (!rows.has(row)) rows.insert(row);
    const noted = new NumberList();
    for (let i = 0; i < rows.length; i++) {
      const { marked, text } = this.#of(rows.get(i));
      if (marked || text !== '') noted.push(rows.get(i));
    }
    return noted;
  }

  #of(row: number): Note {
    const changed = this.#changed.get(row);
    if (changed !== undefined) return changed;
    const comments = this.#trace.commentsOf(row);
    if (comments.length === 0) return NONE;
    const texts = comments.filter((text) => text !== MARK_COMMENT);
    return { marked: texts.length < comments.length, text: texts.join('\n') };
  }
}

const NONE: Note = { marked: false, text: '' };
