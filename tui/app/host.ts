/** A call to be made: what is called, with which arguments, where. */
export interface CallRequest {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  /** its arguments as JSON; null for none */
  readonly json: string;
  readonly target: string;
}

/** What a call gave. */
export interface CallAnswer {
  /** its result */
  readonly json: string;
  readonly latencyMs: number;
  /** what must be said of the connection: that nobody verified whose it is */
  readonly warnings: readonly string[];
}

/** A file being written. */
export interface SavedFile {
  write(bytes: Uint8Array): void;
  close(): void;
  /** Takes away what was written. */
  remove(): void;
}

/**
 * What the inspector asks of the world around it. Tests and `--script` give their own; nothing here is done unless the
 * user pressed the key for it.
 */
export interface Host {
  /** Ends the inspector. */
  quit(): void;
  /** Stops the process as ctrl-z does. */
  suspend(): void;
  /** Something changed outside a key: draw soon. */
  redraw(): void;
  /** Puts text on the clipboard of the terminal (OSC 52). */
  copy(text: string): void;
  /** Lets the user edit a text; null: left as it was, or no editor. Rejects with why the editor did not start. */
  edit(text: string, suffix: string): Promise<string | null>;
  /** Why the request's JSON is no arguments for it; null when it is. */
  check(request: CallRequest): Promise<string | null>;
  /** Makes a call. Rejects with why there is no result. */
  call(request: CallRequest): Promise<CallAnswer>;
  /** Runs an oncilla command to its end; what it printed. */
  command(words: readonly string[]): Promise<string>;
  /** A new file, this user's alone. Throws with the reason when it cannot be, or is there already. */
  create(path: string): SavedFile;
  /** Turns reports of the mouse on or off. */
  mouse(on: boolean): void;
}
