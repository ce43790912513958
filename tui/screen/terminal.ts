/**
 * The one place that touches blessed and the terminal. blessed knows the terminal (terminfo, alternate screen, cursor,
 * size); what it gets wrong stays out: it is given no input, because it loses all but the first mouse report of a
 * chunk and knows no bracketed paste, and it draws nothing, because it takes packet text for markup. Throws the
 * system's errors while it opens; afterwards a broken terminal is told as `closed`.
 */
import { PassThrough } from 'node:stream';
import type { Program } from 'blessed/lib/program.js';
import { Grid } from './grid.ts';
import { InputReader } from './input.ts';
import { toAscii } from './print-grid.ts';
import type { Screen, ScreenEvent } from './screen.ts';
import type { Theme } from './style.ts';
import { updateText } from './update.ts';

/** How long an ESC waits for what makes it a sequence. */
const ESCAPE_MS = 40;

/** Terminals that blessed has the right description of; all others are taken for xterm, which they follow. */
const KNOWN = new Set(['xterm', 'xterm-256color', 'linux', 'vt220']);

const MOUSE_ON = '\x1b[?1000h\x1b[?1006h';
const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l';
const PASTE_ON = '\x1b[?2004h';
const PASTE_OFF = '\x1b[?2004l';

/** Most that terminals take; a longer text is not copied in part. */
const MAX_COPY_BYTES = 74_994;

export type TerminalInput = NodeJS.ReadableStream & {
  readonly isRaw?: boolean;
  setRawMode?(raw: boolean): unknown;
};
export type TerminalOutput = NodeJS.WritableStream & { readonly columns?: number; readonly rows?: number };

export interface TerminalOptions {
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  /** TERM */
  readonly term: string;
  readonly theme: (colors: number) => Theme;
  readonly ascii: boolean;
  readonly mouse: boolean;
}

export async function openTerminal(options: TerminalOptions): Promise<Terminal> {
  // read while blessed is loaded: without it borders come out as the letters of the line-drawing set
  process.env.NCURSES_NO_UTF8_ACS = '1';
  const { default: program } = await import('blessed/lib/program.js');
  const { term, output } = options;
  return new Terminal(
    program({
      input: new PassThrough(),
      output,
      terminal: KNOWN.has(term) ? term : 'xterm-256color',
      forceUnicode: !options.ascii,
    }),
    options,
  );
}

export class Terminal implements Screen {
  readonly colors: number;
  readonly #program: Program;
  readonly #options: TerminalOptions;
  readonly #theme: Theme;
  readonly #reader = new InputReader();
  #shown: Grid | null = null;
  #mouse: boolean;
  #open = false;
  #closed = false;
  #escape: NodeJS.Timeout | null = null;
  #listener: ((event: ScreenEvent) => void) | null = null;
  readonly #early: ScreenEvent[] = [];
  readonly #onData = (bytes: Uint8Array) => this.#data(bytes);
  readonly #onEnd = () => this.#emit({ type: 'closed' });

  constructor(program: Program, options: TerminalOptions) {
    this.#program = program;
    this.#options = options;
    this.#mouse = options.mouse;
    this.colors = program.tput.colors;
    this.#theme = options.theme(this.colors);
    // blessed only says how it took the description of the terminal
    program.on('warning', () => undefined);
    program.on('resize', () => {
      this.#shown = null;
      this.#emit({ type: 'resize' });
    });
    const { input, output } = options;
    input.on('end', this.#onEnd);
    input.on('error', this.#onEnd);
    output.on('error', this.#onEnd);
    this.#take();
  }

  get width(): number {
    return this.#program.cols;
  }

  get height(): number {
    return this.#program.rows;
  }

  listen(listener: (event: ScreenEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#early.splice(0)) listener(event);
  }

  show(grid: Grid): void {
    if (!this.#open) return;
    if (this.#options.ascii) toAscii(grid);
    const text = updateText(this.#shown, grid, this.#theme);
    if (text !== '') this.#write(text);
    this.#shown = copyOf(grid);
  }

  forget(): void {
    this.#shown = null;
  }

  mouse(on: boolean): void {
    this.#mouse = on;
    if (this.#open) this.#write(on ? MOUSE_ON : MOUSE_OFF);
  }

  copy(text: string): void {
    const bytes = Buffer.from(text);
    if (bytes.length <= MAX_COPY_BYTES) this.#write(`\x1b]52;c;${bytes.toString('base64')}\x07`);
  }

  pause(): void {
    if (!this.#open) return;
    this.#open = false;
    const { input } = this.#options;
    input.off('data', this.#onData);
    input.pause();
    this.#write(`${MOUSE_OFF}${PASTE_OFF}\x1b[0m`);
    this.#program.showCursor();
    this.#program.normalBuffer();
    this.#program.flush();
    input.setRawMode?.(false);
  }

  resume(): void {
    if (!this.#open && !this.#closed) this.#take();
  }

  close(): void {
    if (this.#closed) return;
    this.pause();
    this.#closed = true;
    if (this.#escape !== null) clearTimeout(this.#escape);
    this.#program.destroy();
  }

  #take(): void {
    const { input } = this.#options;
    input.setRawMode?.(true);
    input.on('data', this.#onData);
    input.resume();
    this.#program.alternateBuffer();
    this.#program.hideCursor();
    this.#write(`${PASTE_ON}${this.#mouse ? MOUSE_ON : ''}`);
    this.#shown = null;
    this.#open = true;
  }

  #write(text: string): void {
    this.#program._write(text);
  }

  #data(bytes: Uint8Array): void {
    if (this.#escape !== null) clearTimeout(this.#escape);
    for (const event of this.#reader.push(bytes)) this.#emit(event);
    if (!this.#reader.waiting) return;
    this.#escape = setTimeout(() => {
      for (const event of this.#reader.flush()) this.#emit(event);
    }, ESCAPE_MS);
  }

  #emit(event: ScreenEvent): void {
    if (this.#listener === null) this.#early.push(event);
    else this.#listener(event);
  }
}

function copyOf(grid: Grid): Grid {
  const copy = new Grid(grid.width, grid.height);
  for (let i = 0; i < grid.chars.length; i++) copy.chars[i] = grid.chars[i]!;
  copy.styles.set(grid.styles);
  copy.caret = grid.caret;
  return copy;
}
