/**
 * The bytes of a packet, sixteen a line: which of its sources is shown, where the cursor is, what is marked. Numbers
 * only, always in range; nothing throws.
 */
import type { ByteSource, TreeNode } from '../../dissector/tree/tree-builder.ts';
import { ListPane } from './list-pane.ts';

export const BYTES_A_LINE = 16;

export class BytesPane {
  /** lines */
  readonly list = new ListPane();
  #sources: readonly ByteSource[] = [];
  #source = 0;
  /** within the source */
  cursor = 0;
  /** what is marked: offsets within the source */
  from = 0;
  to = 0;

  /** The bytes of another packet. */
  show(sources: readonly ByteSource[]): void {
    if (sources === this.#sources) return;
    this.#sources = sources;
    this.#source = Math.min(this.#source, Math.max(0, sources.length - 1));
    this.moveTo(this.cursor);
  }

  get source(): ByteSource | undefined {
    return this.#sources[this.#source];
  }

  get sources(): readonly ByteSource[] {
    return this.#sources;
  }

  /** Number of the source shown. */
  get sourceIndex(): number {
    return this.#source;
  }

  /** Shows and marks the bytes of a field. */
  mark(node: TreeNode): void {
    const index = this.#sources.findIndex(
      (s) => s.buf === node.buf && node.off >= s.off && node.off + node.len <= s.off + s.len,
    );
    if (index < 0 || node.len === 0) {
      this.from = 0;
      this.to = 0;
      return;
    }
    const source = this.#sources[index]!;
    this.#source = index;
    this.from = node.off - source.off;
    this.to = this.from + node.len;
    this.moveTo(this.from);
    const last = Math.floor((this.to - 1) / BYTES_A_LINE);
    // as much of it as fits
    this.list.scroll(
      Math.max(0, Math.min(last - this.list.top - this.list.height + 1, this.list.cursor - this.list.top)),
    );
  }

  moveTo(at: number): void {
    const length = this.source?.len ?? 0;
    this.cursor = Math.min(Math.max(0, at), Math.max(0, length - 1));
    this.list.fit(Math.ceil(length / BYTES_A_LINE), this.list.height);
    this.list.select(Math.floor(this.cursor / BYTES_A_LINE));
  }

  /** The next of the sources. */
  nextSource(): void {
    if (this.#sources.length === 0) return;
    this.#source = (this.#source + 1) % this.#sources.length;
    this.from = 0;
    this.to = 0;
    this.moveTo(0);
  }
}
