/**
 * Makes a failing session small: steps left out, from the first on, as long as it still fails. What counts as that is
 * the caller's question, which is asked a bounded number of times. Pure but for it.
 */
import type { Step } from './step.ts';

/** The shortest session found that fails; its last step, which shows the fault, stays. */
export async function shrinkSteps(
  steps: readonly Step[],
  fails: (fewer: readonly Step[]) => Promise<boolean>,
  tries: number,
): Promise<readonly Step[]> {
  let left = tries;
  let best = steps;
  const attempt = async (from: number, count: number): Promise<boolean> => {
    const fewer = withoutSteps(best, from, count);
    if (left-- <= 0 || !(await fails(fewer))) return false;
    best = fewer;
    return true;
  };
  // What mattered was mostly just before: of a long session the end is tried first.
  for (let keep = 1; keep < best.length - 1; keep *= 4) {
    if (await attempt(0, best.length - 1 - keep)) break;
  }
  for (let size = (best.length - 1) >> 1; size > 0 && left > 0; size >>= 1) {
    for (let from = 0; from + size < best.length && left > 0; )
      if (!(await attempt(from, size))) from += size;
  }
  if (best.length === 2) await attempt(0, 1);
  return best;
}

/** The session without `count` steps; what was carried from them is carried no more. */
export function withoutSteps<T extends { readonly carry: readonly { readonly from: number }[] }>(
  steps: readonly T[],
  from: number,
  count: number,
): readonly T[] {
  const gone = (i: number): boolean => i >= from && i < from + count;
  return steps
    .filter((_, i) => !gone(i))
    .map((step) => ({
      ...step,
      carry: step.carry
        .filter((one) => !gone(one.from))
        .map((one) => ({ ...one, from: one.from >= from + count ? one.from - count : one.from })),
    }));
}
