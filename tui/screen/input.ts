/**
 * What a terminal sends, as keys, clicks and pastes: bytes in, events out. Knows the sequences of xterm and of what
 * follows it, with SGR mouse reports and bracketed paste; what it does not know it drops. An ESC that nothing follows
 * is a key once `flush` says that nothing will. Pure, bounded, never throws.
 */
import { StringDecoder } from 'node:string_decoder';
import type { MouseAction } from './script.ts';

export type InputEvent =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'mouse'; readonly action: MouseAction; readonly x: number; readonly y: number }
  | { readonly type: 'paste'; readonly text: string };

/** Bytes of a sequence that never ends. */
const MAX_SEQUENCE = 64;
const MAX_PASTE = 1 << 16;

const PASTE_END = '\x1b[201~';

const FINALS: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  Z: 'S-tab',
};
const TILDES: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
};
const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  '\b': 'backspace',
};

/** CSI with parameters, SS3, or ESC and one character. */
const SEQUENCE = /^\x1b(?:\[([<0-9;?]*)([@-~])|O([A-Za-z])|([^[O]))/su;

export class InputReader {
  readonly #decoder = new StringDecoder('utf8');
  #held = '';
  #paste: string | null = null;

  /** Whether something waits for more. */
  get waiting(): boolean {
    return this.#held !== '';
  }

  push(bytes: Uint8Array): InputEvent[] {
    this.#held += this.#decoder.write(bytes as Buffer);
    return this.#read(false);
  }

  /** Nothing came for a while: what is held is all there is. */
  flush(): InputEvent[] {
    return this.#read(true);
  }

  #read(all: boolean): InputEvent[] {
    const events: InputEvent[] = [];
    while (this.#held !== '') {
      if (this.#paste !== null) {
        if (!this.#readPaste(events)) break;
        continue;
      }
      if (this.#held[0] !== '\x1b') {
        this.#readKey(events);
        continue;
      }
      const match = SEQUENCE.exec(this.#held);
      if (match !== null) {
        this.#held = this.#held.slice(match[0].length);
        this.#sequence(match, events);
      } else if (this.#held.length > MAX_SEQUENCE) {
        this.#held = '';
      } else if (all) {
        this.#held = this.#held.slice(1);
        events.push({ type: 'key', key: 'escape' });
      } else break;
    }
    return events;
  }

  #readKey(events: InputEvent[]): void {
    const char = String.fromCodePoint(this.#held.codePointAt(0)!);
    this.#held = this.#held.slice(char.length);
    const key = keyOf(char);
    if (key !== null) events.push({ type: 'key', key });
  }

  #readPaste(events: InputEvent[]): boolean {
    const end = this.#held.indexOf(PASTE_END);
    if (end >= 0) {
      const text = this.#paste + this.#held.slice(0, end);
      this.#held = this.#held.slice(end + PASTE_END.length);
      this.#paste = null;
      events.push({ type: 'paste', text: text.slice(0, MAX_PASTE) });
      return true;
    }
    // the end may have come in part
    const safe = Math.max(0, this.#held.length - PASTE_END.length);
    if (this.#paste!.length < MAX_PASTE) this.#paste += this.#held.slice(0, safe);
    this.#held = this.#held.slice(safe);
    return false;
  }

  #sequence(match: RegExpExecArray, events: InputEvent[]): void {
    const [, parameters, final, ss3, alone] = match;
    if (alone !== undefined) {
      const key = keyOf(alone);
      if (key !== null && [...key].length === 1) events.push({ type: 'key', key: `M-${key}` });
      else if (alone === '\x1b') events.push({ type: 'key', key: 'escape' });
      return;
    }
    if (ss3 !== undefined) {
      const key = FINALS[ss3];
      if (key !== undefined) events.push({ type: 'key', key });
      return;
    }
    if (parameters!.startsWith('<')) {
      const mouse = mouseOf(parameters!, final!);
      if (mouse !== null) events.push(mouse);
      return;
    }
    if (final === '~' && parameters === '200') {
      this.#paste = '';
      return;
    }
    const [first = ''] = parameters!.split(';');
    const key = final === '~' ? TILDES[first] : FINALS[final!];
    if (key !== undefined) events.push({ type: 'key', key });
  }
}

/** The name of a character as a key, null for a control that is none. */
function keyOf(char: string): string | null {
  const named = CONTROLS[char];
  if (named !== undefined) return named;
  const code = char.codePointAt(0)!;
  if (code >= 32) return code >= 0x7f && code < 0xa0 ? null : char;
  if (code >= 1 && code <= 26) return `C-${String.fromCharCode(code + 96)}`;
  return null;
}

/** Of an SGR report: presses of the first button, and the wheel. */
function mouseOf(parameters: string, final: string): InputEvent | null {
  const [button = -1, column = 0, row = 0] = parameters.slice(1).split(';').map(Number);
  if (final !== 'M') return null;
  const action = button === 0 ? 'click' : button === 64 ? 'wheelup' : button === 65 ? 'wheeldown' : null;
  return action === null ? null : { type: 'mouse', action, x: column - 1, y: row - 1 };
}
