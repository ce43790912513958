/** Waiting for a condition instead of for a time: as short as the machine is fast, and no shorter when it is busy. */

/** Looks every few milliseconds until `f` holds. Throws when it still does not after `ms`. */
export async function until(
  f: () => boolean | Promise<boolean>,
  what = 'what is waited for',
  ms = 10_000,
): Promise<void> {
  const end = performance.now() + ms;
  while (!(await f())) {
    if (performance.now() > end) throw new Error(`${what} did not come about in ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
