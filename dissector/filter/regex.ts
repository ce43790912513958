/**
 * The regular expressions of `matches`: Perl's common syntax, answered in time linear in the text by stepping
 * through all states at once (Thompson). Only whether there is a match is asked, so greed makes no difference.
 * Look-around, back-references, atomic groups and Unicode properties cannot be done so and are errors. Case does
 * not matter unless the pattern says (?-i), as in tshark. Throws RegexError while compiling, never while matching.
 */

/** What is wrong in a pattern. */
export class RegexError extends Error {
  override readonly name = 'RegexError';
}

const MAX_PROGRAM = 10_000;
const MAX_DEPTH = 100;
const MAX_REPEAT = 1000;

type Range = readonly [low: number, high: number];

interface CharSet {
  readonly kind: 'set';
  readonly ranges: readonly Range[];
  readonly negated: boolean;
  readonly ignoreCase: boolean;
}

type Assertion = 'start' | 'end' | 'line-start' | 'line-end' | 'last-line-end' | 'word' | 'no-word';

type Node =
  | CharSet
  | { readonly kind: 'assert'; readonly assertion: Assertion }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly of: Node; readonly min: number; readonly max: number };

const DIGIT: readonly Range[] = [[0x30, 0x39]];
const UPPER: readonly Range[] = [[0x41, 0x5a]];
const LOWER: readonly Range[] = [[0x61, 0x7a]];
const ALPHA: readonly Range[] = [...UPPER, ...LOWER];
const WORD: readonly Range[] = [...DIGIT, ...ALPHA, [0x5f, 0x5f]];
const SPACE: readonly Range[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
];
const LAST = 0xffff;

const POSIX: Readonly<Record<string, readonly Range[]>> = {
  alnum: [...DIGIT, ...ALPHA],
  alpha: ALPHA,
  blank: [
    [0x09, 0x09],
    [0x20, 0x20],
  ],
  cntrl: [
    [0, 0x1f],
    [0x7f, 0x7f],
  ],
  digit: DIGIT,
  graph: [[0x21, 0x7e]],
  lower: LOWER,
  print: [[0x20, 0x7e]],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  space: SPACE,
  upper: UPPER,
  word: WORD,
  xdigit: [...DIGIT, [0x41, 0x46], [0x61, 0x66]],
};

const CONTROLS: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9, v: 11 };

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #flags: Flags = { i: true, m: false, s: false };

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Node {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw new RegexError('unmatched closing parenthesis');
    return node;
  }

  /** Flags set inside a group end with it. */
  #choice(): Node {
    if (++this.#depth > MAX_DEPTH) throw new RegexError('nested too deeply');
    const flags = this.#flags;
    const parts = [this.#sequence()];
    while (this.#accept('|')) parts.push(this.#sequence());
    this.#flags = flags;
    this.#depth--;
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#text.length && !'|)'.includes(this.#text[this.#at]!)) {
      const atom = this.#atom();
      if (atom !== null) parts.push(this.#repeated(atom));
    }
    return { kind: 'sequence', parts };
  }

  #repeated(atom: Node): Node {
    let node = atom;
    for (;;) {
      const bounds = this.#bounds();
      if (bounds === null) return node;
      const [min, max] = bounds;
      if (this.#accept('+')) throw new RegexError('possessive quantifiers are not supported');
      this.#accept('?');
      node = { kind: 'repeat', of: node, min, max };
    }
  }

  #bounds(): readonly [min: number, max: number] | null {
    if (this.#accept('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#accept('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#accept('?')) return [0, 1];
    const match = /^\{(\d{1,5})(,(\d{1,5})?)?\}/.exec(this.#text.slice(this.#at, this.#at + 14));
    if (match === null) return null;
    this.#at += match[0].length;
    const min = Number(match[1]);
    const max =
      match[2] === undefined ? min : match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (max < min) throw new RegexError('numbers out of order in {} quantifier');
    if (min > MAX_REPEAT || (Number.isFinite(max) && max > MAX_REPEAT)) {
      throw new RegexError('number too big in {} quantifier');
    }
    return [min, max];
  }

  /** null for a group of flags, which matches nothing. */
  #atom(): Node | null {
    const c = this.#text[this.#at++]!;
    switch (c) {
      case '(':
        return this.#group();
      case '[':
        return this.#bracket();
      case '\\':
        return this.#escape();
      case '.':
        return this.#set(this.#flags.s ? [] : [[10, 10]], true);
      case '^':
        return { kind: 'assert', assertion: this.#flags.m ? 'line-start' : 'start' };
      case '$':
        return { kind: 'assert', assertion: this.#flags.m ? 'line-end' : 'last-line-end' };
      case '*':
      case '+':
      case '?':
        throw new RegexError('quantifier does not follow a repeatable item');
      default:
        return this.#char(c.charCodeAt(0));
    }
  }

  #group(): Node | null {
    if (this.#accept('?')) {
      const flags = /^([ims]*)(?:-([ims]+))?([:)])/.exec(this.#text.slice(this.#at, this.#at + 20));
      if (flags !== null) {
        this.#at += flags[0].length;
        const outer = this.#flags;
        const on = flags[1]!;
        const off = flags[2] ?? '';
        const flag = (name: 'i' | 'm' | 's') => !off.includes(name) && (on.includes(name) || outer[name]);
        this.#flags = { i: flag('i'), m: flag('m'), s: flag('s') };
        if (flags[3] === ')') return null;
        const inner = this.#closed();
        this.#flags = outer;
        return inner;
      }
      const name = /^P?<[A-Za-z_]\w{0,31}>/.exec(this.#text.slice(this.#at, this.#at + 40));
      if (name === null) throw new RegexError('look-around and other special groups are not supported');
      this.#at += name[0].length;
    }
    return this.#closed();
  }

  #closed(): Node {
    const inner = this.#choice();
    if (!this.#accept(')')) throw new RegexError('missing closing parenthesis');
    return inner;
  }

  #escape(): Node {
    const c = this.#text[this.#at];
    if (c === undefined) throw new RegexError('\\ at end of pattern');
    const assertions: Readonly<Record<string, Assertion>> = {
      A: 'start',
      b: 'word',
      B: 'no-word',
      z: 'end',
      Z: 'last-line-end',
    };
    const assertion = assertions[c];
    if (assertion !== undefined) {
      this.#at++;
      return { kind: 'assert', assertion };
    }
    if (/[1-9gk]/.test(c)) throw new RegexError('back-references are not supported');
    const ranges = this.#escapedRanges();
    return this.#set(ranges, false);
  }

  /** What the escape at hand stands for, inside brackets or outside. */
  #escapedRanges(): readonly Range[] {
    const c = this.#text[this.#at++]!;
    switch (c) {
      case 'd':
        return DIGIT;
      case 'D':
        return inverse(DIGIT);
      case 'w':
        return WORD;
      case 'W':
        return inverse(WORD);
      case 's':
        return SPACE;
      case 'S':
        return inverse(SPACE);
      default: {
        const code = this.#escapedCode(c);
        return [[code, code]];
      }
    }
  }

  #escapedCode(c: string): number {
    const rest = this.#text.slice(this.#at, this.#at + 8);
    if (c === 'x') {
      const match = /^(?:\{([0-9a-fA-F]{1,4})\}|([0-9a-fA-F]{0,2}))/.exec(rest)!;
      this.#at += match[0].length;
      return Number.parseInt(match[1] ?? `0${match[2]}`, 16);
    }
    if (c === '0') {
      const match = /^[0-7]{0,2}/.exec(rest)!;
      this.#at += match[0].length;
      return Number.parseInt(`0${match[0]}`, 8);
    }
    const control = CONTROLS[c];
    if (control !== undefined) return control;
    if (/[A-Za-z0-9]/.test(c)) throw new RegexError(`unrecognized or unsupported escape \\${c}`);
    return c.charCodeAt(0);
  }

  #bracket(): Node {
    const negated = this.#accept('^');
    const ranges: Range[] = [];
    for (let first = true; ; first = false) {
      const c = this.#text[this.#at];
      if (c === undefined) throw new RegexError('missing terminating ] for character class');
      if (c === ']' && !first) break;
      const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.#text.slice(this.#at, this.#at + 14));
      if (posix !== null) {
        const named = Object.hasOwn(POSIX, posix[2]!) ? POSIX[posix[2]!]! : null;
        if (named === null) throw new RegexError('unknown POSIX class name');
        ranges.push(...(posix[1] === '^' ? inverse(named) : named));
        this.#at += posix[0].length;
        continue;
      }
      const low = this.#bracketItem();
      const dash = this.#text[this.#at] === '-' && !['', ']', undefined].includes(this.#text[this.#at + 1]);
      if (!dash || low.length !== 1 || low[0]![0] !== low[0]![1]) {
        ranges.push(...low);
        continue;
      }
      this.#at++;
      const high = this.#bracketItem();
      if (high.length !== 1 || high[0]![0] !== high[0]![1])
        throw new RegexError('invalid range in character class');
      if (high[0]![0] < low[0]![0]) throw new RegexError('range out of order in character class');
      ranges.push([low[0]![0], high[0]![0]]);
    }
    this.#at++;
    return this.#set(ranges, negated);
  }

  #bracketItem(): readonly Range[] {
    const c = this.#text[this.#at++]!;
    if (c !== '\\') return [[c.charCodeAt(0), c.charCodeAt(0)]];
    if (this.#at >= this.#text.length) throw new RegexError('\\ at end of pattern');
    if (this.#text[this.#at] === 'b') {
      this.#at++;
      return [[8, 8]];
    }
    return this.#escapedRanges();
  }

  #char(code: number): Node {
    return this.#set([[code, code]], false);
  }

  #set(ranges: readonly Range[], negated: boolean): CharSet {
    return { kind: 'set', ranges, negated, ignoreCase: this.#flags.i };
  }

  #accept(c: string): boolean {
    if (this.#text[this.#at] !== c) return false;
    this.#at++;
    return true;
  }
}

function inverse(ranges: readonly Range[]): Range[] {
  const out: Range[] = [];
  let from = 0;
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (low > from) out.push([from, low - 1]);
    from = Math.max(from, high + 1);
  }
  if (from <= LAST) out.push([from, LAST]);
  return out;
}

type Instruction =
  | { readonly op: 'set'; readonly has: (code: number) => boolean }
  | { readonly op: 'assert'; readonly assertion: Assertion }
  | { readonly op: 'split'; x: number; y: number }
  | { readonly op: 'jump'; x: number }
  | { readonly op: 'match' };

class Compiler {
  readonly program: Instruction[] = [];
  #emitted = 0;

  emit(node: Node): void {
    // also for parts that are empty, and repeated, and again
    if (++this.#emitted > 10 * MAX_PROGRAM) throw new RegexError('the pattern is too large');
    switch (node.kind) {
      case 'set':
        this.#add({ op: 'set', has: member(node) });
        return;
      case 'assert':
        this.#add({ op: 'assert', assertion: node.assertion });
        return;
      case 'sequence':
        for (const part of node.parts) this.emit(part);
        return;
      case 'choice':
        this.#choice(node.parts);
        return;
      case 'repeat':
        this.#repeat(node.of, node.min, node.max);
    }
  }

  match(): Instruction[] {
    this.#add({ op: 'match' });
    return this.program;
  }

  #choice(parts: readonly Node[]): void {
    const jumps: { x: number }[] = [];
    parts.forEach((part, i) => {
      if (i === parts.length - 1) {
        this.emit(part);
        return;
      }
      const split = this.#add({ op: 'split', x: this.program.length + 1, y: 0 });
      this.emit(part);
      jumps.push(this.#add({ op: 'jump', x: 0 }));
      split.y = this.program.length;
    });
    for (const jump of jumps) jump.x = this.program.length;
  }

  #repeat(of: Node, min: number, max: number): void {
    for (let i = 0; i < min; i++) this.emit(of);
    if (max === Number.POSITIVE_INFINITY) {
      const split = this.#add({ op: 'split', x: this.program.length + 1, y: 0 });
      const start = this.program.length - 1;
      this.emit(of);
      this.#add({ op: 'jump', x: start });
      split.y = this.program.length;
      return;
    }
    const splits: { y: number }[] = [];
    for (let i = min; i < max; i++) {
      splits.push(this.#add({ op: 'split', x: this.program.length + 1, y: 0 }));
      this.emit(of);
    }
    for (const split of splits) split.y = this.program.length;
  }

  #add<T extends Instruction>(instruction: T): T {
    if (this.program.length >= MAX_PROGRAM) throw new RegexError('the pattern is too large');
    this.program.push(instruction);
    return instruction;
  }
}

/** A set as a test of a code unit, with a table for the first 256. */
function member({ ranges, negated, ignoreCase }: CharSet): (code: number) => boolean {
  const inRanges = (code: number) => ranges.some(([low, high]) => code >= low && code <= high);
  const slow = (code: number): boolean => {
    if (inRanges(code)) return !negated;
    if (!ignoreCase) return negated;
    const c = String.fromCharCode(code);
    const other = inRanges(c.toLowerCase().charCodeAt(0)) || inRanges(c.toUpperCase().charCodeAt(0));
    return other !== negated;
  };
  const table = Uint8Array.from({ length: 256 }, (_, code) => Number(slow(code)));
  return (code) => (code < 256 ? table[code] === 1 : slow(code));
}

/** A compiled pattern: whether it matches anywhere in a text. Steps: at most text length × program length. */
export function compileRegex(pattern: string): (text: string) => boolean {
  const compiler = new Compiler();
  compiler.emit(new Parser(pattern).whole());
  const program = compiler.match();
  /** marks[pc] === the step in which pc was entered last */
  const marks = new Float64Array(program.length);
  let step = 0;
  let states: number[] = [];
  let next: number[] = [];
  const stack: number[] = [];

  /** Enters a state and those reached without a character. True at the end of the program. */
  const enter = (start: number, text: string, at: number, into: number[]): boolean => {
    stack.push(start);
    for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
      if (marks[pc] === step) continue;
      marks[pc] = step;
      const instruction = program[pc]!;
      switch (instruction.op) {
        case 'match':
          stack.length = 0;
          return true;
        case 'jump':
          stack.push(instruction.x);
          break;
        case 'split':
          stack.push(instruction.y, instruction.x);
          break;
        case 'assert':
          if (asserts(instruction.assertion, text, at)) stack.push(pc + 1);
          break;
        case 'set':
          into.push(pc);
      }
    }
    return false;
  };

  return (text) => {
    states.length = 0;
    step++;
    for (let at = 0; ; at++) {
      if (enter(0, text, at, states)) return true;
      if (at >= text.length) return false;
      const code = text.charCodeAt(at);
      step++;
      next.length = 0;
      for (const pc of states) {
        const instruction = program[pc]!;
        if (instruction.op === 'set' && instruction.has(code) && enter(pc + 1, text, at + 1, next))
          return true;
      }
      [states, next] = [next, states];
    }
  };
}

function asserts(assertion: Assertion, text: string, at: number): boolean {
  switch (assertion) {
    case 'start':
      return at === 0;
    case 'end':
      return at === text.length;
    case 'line-start':
      return at === 0 || text[at - 1] === '\n';
    case 'line-end':
      return at === text.length || text[at] === '\n';
    case 'last-line-end':
      return at === text.length || (at === text.length - 1 && text[at] === '\n');
    case 'word':
      return isWord(text, at - 1) !== isWord(text, at);
    case 'no-word':
      return isWord(text, at - 1) === isWord(text, at);
  }
}

function isWord(text: string, at: number): boolean {
  return at >= 0 && at < text.length && /\w/.test(text[at]!);
}
