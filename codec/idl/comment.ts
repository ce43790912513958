/**
 * Blanks `/* … *\/` and `//` comments of one line, so that columns stay. Strings and characters are left alone.
 */
// A string that is not closed ends with its line: looking for its end from each quote would take quadratic time.
const PART = /\/\*|\/\/|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\[^']+|\\')'/g;

/** `inComment`: the line starts, or the next one will start, inside a block comment. */
export function blankComments(line: string, inComment: boolean): { text: string; inComment: boolean } {
  let text = '';
  let at = 0;
  let inside = inComment;
  for (;;) {
    if (inside) {
      const end = line.indexOf('*/', at);
      if (end < 0) return { text: text + ' '.repeat(line.length - at), inComment: true };
      text += ' '.repeat(end + 2 - at);
      at = end + 2;
      inside = false;
    }
    PART.lastIndex = at;
    const match = PART.exec(line);
    if (match === null) return { text: text + line.slice(at), inComment: false };
    const end = match.index + match[0].length;
    if (match[0] === '//') {
      // A backslash at the end would continue the comment in C; a `.x` never means that.
      return { text: text + line.slice(at, match.index), inComment: false };
    }
    if (match[0] === '/*') {
      text += `${line.slice(at, match.index)}  `;
      inside = true;
    } else {
      text += line.slice(at, end);
    }
    at = end;
  }
}
