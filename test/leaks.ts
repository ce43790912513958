/**
 * Mocha leaves by process.exit, which would hide what a test leaves open. So after each file's tests whatever keeps
 * the event loop alive (sockets, listeners, pipes, children, timers) must be what it was before them.
 */
import type { Context, Suite } from 'mocha';

/** Work that ends by itself, and what mocha and tsx have open all the time. */
const PASSING = new Set(['Immediate', 'CloseReq', 'FSReqCallback', 'FSReqPromise', 'MessagePort', 'Worker']);

/** How long what was closed may take to be gone. */
const SETTLE_MS = 2000;

/** Every hook has a limit of its own, for which mocha has a timer as soon as it waits: there to be counted each time. */
const HOOK_MS = 10_000;

type Counts = ReadonlyMap<string, number>;

function open(): Counts {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) {
    if (!PASSING.has(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}

function more(before: Counts, now: Counts): string[] {
  return [...now].flatMap(([type, n]) => {
    const added = n - (before.get(type) ?? 0);
    return added > 0 ? [`${added} ${type}`] : [];
  });
}

/** A pause that is itself nothing that is open. */
function pause(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, 20).unref());
}

export const mochaHooks = {
  async beforeAll(this: Context): Promise<void> {
    this.timeout(HOOK_MS);
    await pause();
    let before = open();
    for (const suite of (this.test!.parent as Suite).suites) {
      suite.afterAll('leaves nothing open', async function (this: Context) {
        this.timeout(HOOK_MS);
        const until = performance.now() + SETTLE_MS;
        do await pause();
        while (more(before, open()).length > 0 && performance.now() < until);
        const left = more(before, open());
        before = open();
        if (left.length > 0) throw new Error(`still open after ${suite.title}: ${left.join(', ')}`);
      });
    }
  },
};
