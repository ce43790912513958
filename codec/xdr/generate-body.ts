/**
 * The body of one generated function: lines, numbered locals, and how many bytes are known to be there. Everything
 * that reaches the text passes `quoted`, `literal` or a fixed spelling, so a name in a `.x` cannot become code.
 */
import type { RuntimeName } from './runtime.ts';

/** A name as a string literal that is also one inside HTML and in old engines. */
export function quoted(name: string): string {
  return JSON.stringify(name).replace(/[\u2028\u2029<]/g, escaped);
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A name as a key in an object literal; `__proto__` must be computed to be an ordinary one. */
export function literalKey(name: string): string {
  return name === '__proto__' ? `[${quoted(name)}]` : quoted(name);
}

/** An integer as a literal. */
export function literal(value: number | bigint): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (!Number.isSafeInteger(value)) throw new TypeError('not an integer that a literal can hold');
  return String(value);
}

/** Lines of one function, and what it uses. */
export class Body {
  readonly lines: string[] = [];
  /** helpers named */
  readonly helpers: Set<RuntimeName>;
  readonly typed: boolean;
  /** the deepest container inlined here, in levels below this function's own */
  levels = -1;
  usesView = false;
  usesEnd = false;
  /** lines after which the buffer may be another one, and what closes them */
  readonly #reloads = new Map<number, string>();
  /** bytes between `p` and where we are */
  #ahead = 0;
  /** bytes after that which are known to be there */
  #available = 0;
  #locals = 0;
  #indent = 1;
  readonly #ensure: (body: Body, size: number) => void;

  constructor(helpers: Set<RuntimeName>, typed: boolean, ensure: (body: Body, size: number) => void) {
    this.helpers = helpers;
    this.typed = typed;
    this.#ensure = ensure;
  }

  emit(line: string): void {
    this.lines.push('  '.repeat(this.#indent) + line);
  }

  /** A line after which (and before `closing`) an encoder has to fetch the view anew, if it uses it at all. */
  emitReload(line: string, closing = ''): void {
    this.#reloads.set(this.lines.length, closing);
    this.emit(line);
  }

  /** All lines, complete. */
  finished(): string[] {
    const reload = this.usesView ? ' v = w.v;' : '';
    return this.lines.map((line, i) => {
      const closing = this.#reloads.get(i);
      return closing === undefined ? line : `${line}${reload}${closing}`;
    });
  }

  open(line: string): void {
    this.emit(line);
    this.#indent++;
  }

  close(line = '}'): void {
    this.#indent--;
    this.emit(line);
  }

  helper(name: RuntimeName): RuntimeName {
    this.helpers.add(name);
    return name;
  }

  view(): string {
    this.usesView = true;
    return 'v';
  }

  /** The name of a new local. */
  local(): string {
    return `t${this.#locals++}`;
  }

  /** A new local that holds `value`. */
  keep(value: string): string {
    const name = this.local();
    this.emit(`const ${name} = ${value};`);
    return name;
  }

  /** A type annotation, where the code is printed as TypeScript. */
  as(type: string): string {
    return this.typed ? `: ${type}` : '';
  }

  failIf(condition: string): void {
    this.emit(`if (${condition}) ${this.helper('fail')}();`);
  }

  get available(): number {
    return this.#available;
  }

  /** Say that `size` bytes from here on are there. */
  set available(size: number) {
    this.#available = size;
  }

  /** Check once for `size` bytes, unless they are known to be there. */
  ensure(size: number): void {
    if (this.#available >= size) return;
    this.flush();
    this.#ensure(this, size);
    this.#available = size;
  }

  /** The position of the next `size` bytes, which are stepped over. */
  take(size: number): string {
    this.ensure(size);
    const at = this.#ahead === 0 ? 'p' : `p + ${this.#ahead}`;
    this.#ahead += size;
    this.#available -= size;
    return at;
  }

  /** Bring `p` to where we are. */
  flush(): void {
    if (this.#ahead > 0) this.emit(`p += ${this.#ahead};`);
    this.#ahead = 0;
  }

  /** Bring `p` to where we are, and know nothing about what follows. */
  reset(): void {
    this.flush();
    this.#available = 0;
  }
}
