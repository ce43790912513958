/**
 * The numbers and texts that a program's source compares its input with, as a dictionary: what a fuzzer without native
 * code cannot see in a comparison that fails, it can read in the text. Pure, and bounded; a source that is not
 * JavaScript gives useless words and nothing worse.
 */
import type { Dictionary } from './dictionary.ts';

/** Of each kind; literals of a large program are mostly not compared with anything. */
const MOST = 2048;

const LITERAL =
  /\b0x([0-9a-f][0-9a-f_]{0,17})(n?)\b|(?<![\w.$])(\d[\d_]{0,19})(n?)(?![\w.])|'((?:[^'\\\n]|\\.){1,64})'|"((?:[^"\\\n]|\\.){1,64})"/gi;

export function literalsOf(sources: Iterable<string>): Dictionary {
  const words = new Set<string>();
  const numbers = new Set<bigint>();
  for (const source of sources) {
    const code = source.replace(/^\/\/# sourceMappingURL=.*$/gm, '');
    for (const [, hex, , decimal, , single, double] of code.matchAll(LITERAL)) {
      const text = single ?? double;
      if (text !== undefined) {
        if (words.size < MOST) words.add(plain(text));
      } else if (numbers.size < MOST) {
        numbers.add(
          BigInt(
            hex === undefined ? (decimal as string).replaceAll('_', '') : `0x${hex.replaceAll('_', '')}`,
          ),
        );
      }
      if (words.size >= MOST && numbers.size >= MOST) break;
    }
  }
  return {
    words: [...words].map((word) => new Uint8Array(Buffer.from(word, 'utf8'))),
    numbers: [...numbers],
  };
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  0: '\0',
  b: '\b',
  v: '\v',
  f: '\f',
};

/** A literal's text without its escapes. */
function plain(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}|(.))/gi,
    (
      _,
      x: string | undefined,
      u: string | undefined,
      wide: string | undefined,
      other: string | undefined,
    ) => {
      const code = x ?? u ?? wide;
      if (code === undefined) return ESCAPES[other as string] ?? (other as string);
      const point = Number.parseInt(code, 16);
      return point > 0x10ffff ? '' : String.fromCodePoint(point);
    },
  );
}
