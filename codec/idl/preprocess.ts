/**
 * The C preprocessor's part of a `.x` file: comments, `%` lines, includes, object-like macros, conditions.
 * Gives one token list for a file and all it includes, each token with its own place. Findings go to `report`;
 * only a limit (`IdlLimits`) ends the run early, with a thrown IdlError. Reads nothing itself: see `readFile`.
 */
import { blankComments } from './comment.ts';
import { Cursor } from './cursor.ts';
import { IdlError } from './error.ts';
import { evaluate, parseExpression } from './expression.ts';
import { lexLine, type Token } from './lexer.ts';
import { type IdlOptions, joinPath, type ResolvedLimits } from './options.ts';

interface Macro {
  readonly body: readonly Token[];
  readonly functionLike: boolean;
}

/** One `#if` … `#endif`. `live`: this branch is taken. `done`: some branch was. `outer`: what surrounds it is live. */
interface Condition {
  readonly at: Token;
  readonly outer: boolean;
  live: boolean;
  done: boolean;
  sawElse: boolean;
}

interface OpenFile {
  readonly path: string;
  readonly lines: readonly string[];
  readonly conditions: Condition[];
}

/**
 * What `%` lines hand to the C compiler and a `.x` then leans on: headers, and macros used as sizes. Only a
 * fallback for names that the source itself does not define; first come, first kept, whatever `#if` says.
 */
export interface PassedLines {
  readonly includes: Set<string>;
  readonly defines: Map<string, readonly Token[]>;
}

/** All tokens of `source` and its includes, the place where the file ends, and what was passed through. */
export function preprocess(
  source: string,
  options: IdlOptions,
  limits: ResolvedLimits,
  report: (e: IdlError) => void,
): { tokens: Token[]; end: Token; passed: PassedLines } {
  const preprocessor = new Preprocessor(options, limits, report);
  const path = options.file ?? '<source>';
  const end = preprocessor.file(path, source, { kind: 'end', text: '', file: path, line: 1, column: 1 });
  return { tokens: preprocessor.tokens, end, passed: preprocessor.passed };
}

class Preprocessor {
  readonly tokens: Token[] = [];
  readonly passed: PassedLines = { includes: new Set(), defines: new Map() };
  readonly #options: IdlOptions;
  readonly #limits: ResolvedLimits;
  readonly #report: (e: IdlError) => void;
  readonly #macros = new Map<string, Macro>();
  readonly #stack: string[] = [];
  #bytes = 0;
  #expanded = 0;

  constructor(options: IdlOptions, limits: ResolvedLimits, report: (e: IdlError) => void) {
    this.#options = options;
    this.#limits = limits;
    this.#report = report;
    for (const [name, value] of Object.entries(options.defines ?? {})) {
      const body: Token[] = [];
      lexLine(value, '-D', 1, 1, body);
      this.#macros.set(name, { body, functionLike: false });
    }
  }

  /** Take in one file; gives its end. `at` is the include that asked for it. */
  file(path: string, source: string, at: Token): Token {
    if (this.#stack.length >= this.#limits.maxIncludeDepth) {
      const cycle = this.#stack.includes(path)
        ? `: ${[...this.#stack.slice(-3), path].join(' includes ')}`
        : '';
      throw new IdlError(`includes are nested more than ${this.#limits.maxIncludeDepth} deep${cycle}`, at);
    }
    this.#bytes += source.length;
    if (this.#bytes > this.#limits.maxSourceLength) {
      throw new IdlError(`source is longer than ${this.#limits.maxSourceLength} characters`, at);
    }
    this.#stack.push(path);
    const file: OpenFile = { path, lines: source.split(/\r\n|\n|\r/), conditions: [] };
    this.#lines(file);
    const open = file.conditions.at(-1);
    if (open !== undefined) this.#report(new IdlError(`#${open.at.text} without #endif`, open.at, '#endif'));
    this.#stack.pop();
    const last = file.lines.length;
    return { kind: 'end', text: '', file: path, line: last, column: file.lines[last - 1]!.length + 1 };
  }

  #lines(file: OpenFile): void {
    let inComment = false;
    let commentStart = 0;
    /** A linemarker (`# 12 "f.x"`) makes what follows count from elsewhere. */
    let name = file.path;
    let shift = 1;
    for (let i = 0; i < file.lines.length; i++) {
      let raw = file.lines[i]!;
      if (!inComment && /^\s*%/.test(raw)) {
        let text = raw.replace(/\\$/, ' ');
        const start = i;
        while (raw.endsWith('\\') && i + 1 < file.lines.length) {
          raw = file.lines[++i]!;
          text += raw.replace(/\\$/, ' ');
        }
        this.#pass(text, name, start + shift);
        continue;
      }
      const first = blankComments(raw, inComment);
      if (first.inComment && !inComment) commentStart = i;
      inComment = first.inComment;
      const directive = /^\s*#(?!\s*\[)/.exec(first.text);
      const live = file.conditions.at(-1)?.live ?? true;
      if (directive === null) {
        if (live) this.#text(first.text.replace(/\\$/, ' '), name, i + shift);
        continue;
      }
      const tokens: Token[] = [];
      const start = i;
      let text = first.text;
      lexLine(
        text.slice(directive[0].length).replace(/\\$/, ' '),
        name,
        i + shift,
        directive[0].length + 1,
        tokens,
      );
      while (text.endsWith('\\') && i + 1 < file.lines.length) {
        i++;
        const more = blankComments(file.lines[i]!, inComment);
        inComment = more.inComment;
        text = more.text;
        lexLine(text.replace(/\\$/, ' '), name, i + shift, 1, tokens);
      }
      const marker = tokens[0]?.text === 'line' ? tokens.slice(1) : tokens;
      if (marker[0]?.kind === 'number') {
        if (!live) continue;
        shift = Number.parseInt(marker[0].text, 10) - i - 1;
        if (marker[1]?.kind === 'string') name = marker[1].text.slice(1, -1);
        continue;
      }
      this.#directive(tokens, file.lines[start]!, file, live);
    }
    if (inComment) {
      const at = { file: name, line: commentStart + shift, column: 1, text: '/*' };
      this.#report(new IdlError('comment is not closed', at, "'*/'"));
    }
  }

  #pass(text: string, file: string, line: number): void {
    const match = /^\s*%\s*#\s*(?:include\s*["<]([^">]+)[">]|define\s+([A-Za-z_]\w*)(?=\s))/.exec(text);
    if (match?.[1] !== undefined) this.passed.includes.add(match[1]);
    if (match?.[2] !== undefined && !this.passed.defines.has(match[2])) {
      const body: Token[] = [];
      lexLine(blankComments(text.slice(match[0].length), false).text, file, line, match[0].length + 1, body);
      this.passed.defines.set(match[2], body);
    }
  }

  #text(text: string, file: string, line: number): void {
    const tokens: Token[] = [];
    lexLine(text, file, line, 1, tokens);
    this.#expand(tokens, this.tokens, new Set(), undefined);
  }

  /** Append `tokens` with macros replaced; what comes out of a macro stands where the macro was used. */
  #expand(tokens: readonly Token[], into: Token[], hidden: Set<string>, at: Token | undefined): void {
    for (const [i, token] of tokens.entries()) {
      const macro =
        token.kind === 'name' && !hidden.has(token.text) ? this.#macros.get(token.text) : undefined;
      if (++this.#expanded > this.#limits.maxTokens) {
        throw new IdlError(`more than ${this.#limits.maxTokens} tokens`, at ?? token);
      }
      if (macro === undefined || (macro.functionLike && tokens[i + 1]?.text !== '(')) {
        into.push(at === undefined ? token : { ...token, file: at.file, line: at.line, column: at.column });
      } else if (macro.functionLike) {
        this.#report(
          new IdlError(`macro '${token.text}' has parameters, which is not supported`, at ?? token),
        );
      } else if (hidden.size > 100) {
        throw new IdlError('macros are nested too deeply', at ?? token);
      } else {
        hidden.add(token.text);
        this.#expand(macro.body, into, hidden, at ?? token);
        hidden.delete(token.text);
      }
    }
  }

  #directive(tokens: readonly Token[], raw: string, file: OpenFile, live: boolean): void {
    const [word, ...rest] = tokens;
    if (word === undefined) return;
    if (this.#conditional(word, rest, file, live) || !live) return;
    switch (word.text) {
      case 'define':
        this.#define(word, rest);
        return;
      case 'undef':
        if (rest[0] !== undefined) this.#macros.delete(rest[0].text);
        return;
      case 'include':
        this.#include(word, raw, file);
        return;
      case 'error':
        this.#report(new IdlError(`#error ${rest.map((t) => t.text).join(' ')}`, word));
        return;
      case 'pragma':
      case 'ident':
      case 'warning':
        return;
      default:
        this.#report(new IdlError(`unknown directive '#${word.text}'`, word, 'a preprocessor directive'));
    }
  }

  #conditional(word: Token, rest: readonly Token[], file: OpenFile, live: boolean): boolean {
    const { conditions } = file;
    const open = conditions.at(-1);
    switch (word.text) {
      case 'if':
      case 'ifdef':
      case 'ifndef': {
        const taken = live && this.#test(word, rest);
        conditions.push({ at: word, outer: live, live: taken, done: taken, sawElse: false });
        return true;
      }
      case 'elif':
      case 'else':
        if (open === undefined || open.sawElse) {
          this.#report(new IdlError(`#${word.text} without #if`, word));
          return true;
        }
        open.sawElse = word.text === 'else';
        open.live = open.outer && !open.done && (open.sawElse || this.#test(word, rest));
        open.done ||= open.live;
        return true;
      case 'endif':
        if (conditions.pop() === undefined) this.#report(new IdlError('#endif without #if', word));
        return true;
      default:
        return false;
    }
  }

  #test(word: Token, rest: readonly Token[]): boolean {
    if (word.text === 'ifdef' || word.text === 'ifndef') {
      const name = rest[0];
      if (name?.kind !== 'name') {
        this.#report(new IdlError(`#${word.text} needs a name`, name ?? word, 'a name'));
        return false;
      }
      return this.#macros.has(name.text) === (word.text === 'ifdef');
    }
    const tokens: Token[] = [];
    try {
      this.#expand(this.#replaceDefined(rest), tokens, new Set(), undefined);
      const cursor = new Cursor(tokens, { ...word, kind: 'end', text: '' });
      const expression = parseExpression(cursor);
      if (cursor.peek().kind !== 'end')
        throw new IdlError(`#${word.text} has more than an expression`, cursor.peek());
      // As in C, a name that is no macro is 0.
      return evaluate(expression, () => 0n) !== 0n;
    } catch (e) {
      if (!(e instanceof IdlError)) throw e;
      this.#report(e);
      return false;
    }
  }

  /** `defined X` and `defined(X)` become 1 or 0 before macros are replaced. */
  #replaceDefined(tokens: readonly Token[]): Token[] {
    const out: Token[] = [];
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!;
      if (token.text !== 'defined') {
        out.push(token);
        continue;
      }
      const parenthesised = tokens[i + 1]?.text === '(';
      const name = tokens[i + (parenthesised ? 2 : 1)];
      if (name?.kind !== 'name') throw new IdlError("'defined' needs a name", token, 'a name');
      i += parenthesised ? 3 : 1;
      out.push({ ...token, kind: 'number', text: this.#macros.has(name.text) ? '1' : '0' });
    }
    return out;
  }

  #define(word: Token, rest: readonly Token[]): void {
    const [name, ...body] = rest;
    if (name?.kind !== 'name') {
      this.#report(new IdlError('#define needs a name', name ?? word, 'a name'));
      return;
    }
    const open = body[0];
    const functionLike =
      open?.text === '(' && open.line === name.line && open.column === name.column + name.text.length;
    this.#macros.set(name.text, { body, functionLike });
  }

  #include(word: Token, raw: string, file: OpenFile): void {
    const match = /#\s*include\s*(?:"([^"]+)"|<([^>]+)>)/.exec(raw);
    if (match === null) {
      this.#report(new IdlError('#include needs "file" or <file>', word, 'a file name'));
      return;
    }
    const name = (match[1] ?? match[2])!;
    const folders = [...(this.#options.includeDirs ?? [])];
    if (match[1] !== undefined) folders.unshift(file.path.replace(/[^/]*$/, ''));
    for (const folder of folders) {
      const path = joinPath(folder, name);
      const source = this.#options.readFile?.(path) ?? null;
      if (source === null) continue;
      this.file(path, source, { ...word, text: name });
      return;
    }
    this.#report(
      new IdlError(`cannot find include file '${name}'`, { ...word, text: name }, 'a readable file'),
    );
  }
}
