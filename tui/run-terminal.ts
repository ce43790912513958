/**
 * The inspector on a terminal: events in, frames out, and the work in between. A key is answered at once; what changes
 * by itself is drawn at most thirty times a second. Resolves when the user leaves or the terminal is gone; the screen
 * is closed whatever ends it.
 */
import type { App } from './app/app.ts';
import { Grid } from './screen/grid.ts';
import type { Screen, ScreenEvent } from './screen/screen.ts';

const FRAME_MS = 33;
/** How long work goes on before a key is looked for. */
const WORK_MS = 4;

export type Ending = 'quit' | 'closed';

export class TerminalRun {
  readonly #app: App;
  readonly #screen: Screen;
  #grid: Grid;
  #drawn = 0;
  #timer: NodeJS.Timeout | null = null;
  #working = false;
  #paused = false;
  #end: (ending: Ending) => void = () => undefined;
  readonly #ended: Promise<Ending>;
  #over = false;

  constructor(app: App, screen: Screen) {
    this.#app = app;
    this.#screen = screen;
    this.#grid = new Grid(screen.width, screen.height);
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Runs until it is ended. */
  run(): Promise<Ending> {
    const app = this.#app;
    app.resize(this.#screen.width, this.#screen.height);
    this.#screen.listen((event) => this.#event(event));
    app.loader.onChange(() => this.wake());
    // so much of the beginning that the first screen is full
    app.work(performance.now() + 2 * WORK_MS);
    this.draw();
    this.wake();
    return this.#ended;
  }

  end(ending: Ending): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#end(ending);
  }

  /** There is something to do. */
  wake(): void {
    if (this.#working || this.#over) return;
    this.#working = true;
    setImmediate(() => this.#work());
  }

  /** Draws soon. */
  redraw(): void {
    if (this.#timer !== null || this.#over || this.#paused) return;
    const wait = Math.max(0, this.#drawn + FRAME_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.draw();
    }, wait);
  }

  draw(): void {
    if (this.#over || this.#paused) return;
    const app = this.#app;
    const { width, height } = this.#screen;
    if (this.#grid.width !== width || this.#grid.height !== height) this.#grid = new Grid(width, height);
    app.draw(this.#grid);
    this.#screen.show(this.#grid);
    this.#drawn = performance.now();
  }

  /** Lets another program have the terminal until `then` is over. */
  async aside<T>(then: () => Promise<T>): Promise<T> {
    this.#paused = true;
    this.#screen.pause();
    try {
      return await then();
    } finally {
      this.#paused = false;
      this.#screen.resume();
      this.draw();
    }
  }

  /** The terminal is shown anew, and events are taken again: after a stop. */
  restore(): void {
    this.#screen.pause();
    this.#screen.resume();
    this.#app.resize(this.#screen.width, this.#screen.height);
    this.draw();
  }

  #work(): void {
    this.#working = false;
    if (this.#over) return;
    const more = this.#app.work(performance.now() + WORK_MS);
    this.redraw();
    if (more) this.wake();
  }

  #event(event: ScreenEvent): void {
    const app = this.#app;
    switch (event.type) {
      case 'key':
        app.key(event.key);
        break;
      case 'mouse':
        app.mouse(event.x, event.y, event.action);
        break;
      case 'paste':
        app.paste(event.text);
        break;
      case 'resize':
        app.resize(this.#screen.width, this.#screen.height);
        break;
      case 'closed':
        this.end('closed');
        return;
    }
    this.draw();
    this.wake();
  }
}
