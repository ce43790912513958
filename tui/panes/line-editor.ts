/**
 * A line that is typed: text, cursor, history, completion. Keys go in by name; what is typed is what comes out. Pure,
 * nothing throws.
 */

/** Longer lines are typed by nobody. */
const MAX_CHARS = 4096;

export interface Completion {
  /** where the word begins that is completed */
  readonly from: number;
  readonly words: readonly string[];
}

export class LineEditor {
  #text = '';
  /** in UTF-16 units, never within a surrogate pair */
  #cursor = 0;
  readonly #history: string[];
  #at: number;
  #draft = '';

  /** `history`: oldest first; the editor's own copy. */
  constructor(text = '', history: readonly string[] = []) {
    this.#text = text;
    this.#cursor = text.length;
    this.#history = [...history];
    this.#at = this.#history.length;
  }

  get text(): string {
    return this.#text;
  }

  get cursor(): number {
    return this.#cursor;
  }

  set(text: string, cursor = text.length): void {
    this.#text = text.slice(0, MAX_CHARS);
    this.#cursor = Math.min(cursor, this.#text.length);
  }

  insert(text: string): void {
    const line = text.replaceAll(/[\x00-\x1f\x7f]+/g, ' ');
    this.set(
      this.#text.slice(0, this.#cursor) + line + this.#text.slice(this.#cursor),
      this.#cursor + line.length,
    );
  }

  /** Whether the key meant something here. */
  key(key: string): boolean {
    switch (key) {
      case 'left':
      case 'C-b':
        this.#cursor = this.#before();
        return true;
      case 'right':
      case 'C-f':
        this.#cursor = this.#after();
        return true;
      case 'home':
      case 'C-a':
        this.#cursor = 0;
        return true;
      case 'end':
      case 'C-e':
        this.#cursor = this.#text.length;
        return true;
      case 'backspace':
      case 'C-h':
        this.#cutBefore(this.#before());
        return true;
      case 'delete':
      case 'C-d':
        this.set(this.#text.slice(0, this.#cursor) + this.#text.slice(this.#after()), this.#cursor);
        return true;
      case 'C-w':
        this.#cutBefore(this.#text.slice(0, this.#cursor).search(/\S+\s*$/));
        return true;
      case 'C-u':
        this.#cutBefore(0);
        return true;
      case 'C-k':
        this.set(this.#text.slice(0, this.#cursor), this.#cursor);
        return true;
      case 'up':
        this.#recall(this.#at - 1);
        return true;
      case 'down':
        this.#recall(this.#at + 1);
        return true;
      default:
        if ([...key].length !== 1) return false;
        this.insert(key);
        return true;
    }
  }

  /** Puts a completed word in the place of the one that began at `from`. */
  complete(from: number, word: string): void {
    const rest = this.#text.slice(this.#cursor);
    this.set(this.#text.slice(0, from) + word + rest, from + word.length);
  }

  #cutBefore(from: number): void {
    const start = Math.max(0, from);
    this.set(this.#text.slice(0, start) + this.#text.slice(this.#cursor), start);
  }

  #before(): number {
    const last = [...this.#text.slice(0, this.#cursor)].at(-1) ?? '';
    return this.#cursor - last.length;
  }

  #after(): number {
    const [next = ''] = this.#text.slice(this.#cursor);
    return this.#cursor + next.length;
  }

  #recall(at: number): void {
    if (at < 0 || at > this.#history.length || at === this.#at) return;
    if (this.#at === this.#history.length) this.#draft = this.#text;
    this.#at = at;
    this.set(this.#history[at] ?? this.#draft);
  }
}
