/** The part of blessed 0.1.81 that is used; the package has no types of its own. */
declare module 'blessed/lib/program.js' {
  import type { EventEmitter } from 'node:events';

  export interface ProgramOptions {
    readonly input: NodeJS.ReadableStream;
    readonly output: NodeJS.WritableStream;
    readonly terminal: string;
    readonly forceUnicode: boolean;
  }

  export interface Program extends EventEmitter {
    readonly cols: number;
    readonly rows: number;
    readonly tput: { readonly colors: number };
    alternateBuffer(): void;
    normalBuffer(): void;
    hideCursor(): void;
    showCursor(): void;
    /** Gives text to the terminal as it is. */
    _write(text: string): void;
    flush(): void;
    destroy(): void;
  }

  const program: (options: ProgramOptions) => Program;
  export default program;
}
