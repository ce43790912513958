/**
 * Standard input as lines, streamed: what came in so far is answered before more is awaited. A line longer than
 * the limit is given as null, once, and skipped, so that it can be answered too.
 */

/** UTF-8 lines without their ends (LF or CRLF); the last one needs none. `drained` runs before each wait. */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
  drained: () => void = () => {},
): AsyncGenerator<string | null> {
  // The line so far, in one buffer that doubles: a sender of single bytes would make a list of parts cost a
  // hundred times the line.
  let held = Buffer.alloc(0);
  let length = 0;
  const hold = (part: Uint8Array) => {
    const start = length;
    length += part.length;
    // Beyond the limit only the length is kept.
    if (length > maxBytes) held = Buffer.alloc(0);
    else if (length > held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(maxBytes, Math.max(length, 2 * held.length)));
      held.copy(grown, 0, 0, start);
      held = grown;
    }
    if (length <= maxBytes) held.set(part, start);
  };
  const take = (): string | null => {
    const line = length > maxBytes ? null : held.toString('utf8', 0, length).replace(/\r$/, '');
    held = Buffer.alloc(0);
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      hold(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    if (start < chunk.length) hold(chunk.subarray(start));
    drained();
  }
  if (length > 0) yield take();
}
