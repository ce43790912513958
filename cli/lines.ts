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
  let parts: Uint8Array[] = [];
  let length = 0;
  const add = (part: Uint8Array) => {
    length += part.length;
    // Beyond the limit only the length is kept.
    if (length > maxBytes) parts = [];
    else parts.push(part);
  };
  const take = (): string | null => {
    const line = length > maxBytes ? null : Buffer.concat(parts).toString('utf8').replace(/\r$/, '');
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      add(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    // The chunk may be reused by its producer.
    if (start < chunk.length) add(chunk.slice(start));
    drained();
  }
  if (length > 0) yield take();
}
