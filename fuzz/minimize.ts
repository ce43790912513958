/**
 * Makes a finding small again, from its bytes alone: messages left out, then the bytes of each cut from the end, taken
 * out of the middle, set to zero. What counts as the same finding is the caller's question; it is asked a bounded number
 * of times, and no more once `isOver` says so. Pure but for that.
 */
import { encodeRecord } from '../codec/rpc/index.ts';
import { frame } from './expect.ts';
import { type Finding, type FindingStep, hex } from './finding.ts';
import { shrinkBytes } from './shrink-bytes.ts';
import { withoutSteps } from './shrink-steps.ts';

export interface MinimizeOptions {
  readonly fails: (smaller: Finding) => Promise<boolean>;
  /** the most times that `fails` is asked */
  readonly tries: number;
  readonly isOver?: () => boolean;
}

export interface Minimized {
  /** the smallest that still fails; the finding itself where none is smaller */
  readonly finding: Finding;
  readonly tries: number;
}

export async function minimize(finding: Finding, options: MinimizeOptions): Promise<Minimized> {
  const shrinker = new Shrinker(finding, options);
  await shrinker.messages();
  await shrinker.bytes();
  return { finding: shrinker.best, tries: shrinker.tries };
}

/** How much a finding sends: what is made smaller. */
export function sizeOf({ messages, steps }: Finding): { messages: number; bytes: number } {
  const all = steps?.map(({ bytes }) => bytes).filter((bytes) => bytes !== '') ?? messages;
  return { messages: all.length, bytes: all.reduce((sum, text) => sum + text.length / 2, 0) };
}

/** Where a message begins to be its own: an xid of zero is as good as any, but its reply must be known by it. */
const XID_BYTES = 4;

class Shrinker {
  best: Finding;
  tries = 0;
  readonly #options: MinimizeOptions;

  constructor(finding: Finding, options: MinimizeOptions) {
    this.best = finding;
    this.#options = options;
  }

  /** Leaves out as many as can be, boldly at first; the last one shows the fault and stays. */
  async messages(): Promise<void> {
    for (let size = Math.max(1, this.#count >> 1); size > 0; size >>= 1) {
      for (let from = 0; from + size < this.#count; ) {
        if (!(await this.#attempt(without(this.best, from, size)))) from += size;
      }
    }
  }

  /** The last message first: it is the one that is looked at. */
  async bytes(): Promise<void> {
    for (let at = this.#count - 1; at >= 0; at--) {
      const { text, isFixed } = partOf(this.best, at);
      if (isFixed || text === '') continue;
      const shorter = (message: Uint8Array): Promise<boolean> =>
        this.#attempt(replaced(this.best, at, message));
      await shrinkBytes(messageOf(this.best, text), shorter, XID_BYTES);
    }
  }

  get #count(): number {
    return this.best.steps?.length ?? this.best.messages.length;
  }

  async #attempt(smaller: Finding): Promise<boolean> {
    if (this.tries >= this.#options.tries || this.#options.isOver?.() === true) return false;
    this.tries++;
    if (!(await this.#options.fails(smaller))) return false;
    this.best = smaller;
    return true;
  }
}

/** What is sent at a place in a session; `isFixed`: its bytes are where others are put into. */
function partOf({ steps, messages }: Finding, at: number): { text: string; isFixed: boolean } {
  const step = steps?.[at];
  if (step === undefined) return { text: messages[at] ?? '', isFixed: false };
  return { text: step.bytes, isFixed: step.carry.length > 0 };
}

function without(finding: Finding, from: number, count: number): Finding {
  const { steps, messages } = finding;
  if (steps !== undefined) return withSteps(finding, withoutSteps(steps, from, count));
  return { ...finding, messages: messages.filter((_, i) => i < from || i >= from + count) };
}

function withSteps(finding: Finding, steps: readonly FindingStep[]): Finding {
  return { ...finding, steps, messages: steps.map(({ bytes }) => bytes).filter((bytes) => bytes !== '') };
}

/** The message of what stands on a stream, where it is one whole record; else the bytes as they are. */
function messageOf({ transport }: Finding, text: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(text, 'hex'));
  return (transport === 'stream' ? recordOf(bytes) : null) ?? bytes;
}

function recordOf(bytes: Uint8Array): Uint8Array | null {
  const { messages, state } = frame(bytes);
  return state === 'open' && messages.length === 1 ? (messages[0] as Uint8Array) : null;
}

function replaced(finding: Finding, at: number, message: Uint8Array): Finding {
  const { text } = partOf(finding, at);
  const isRecord = finding.transport === 'stream' && recordOf(Buffer.from(text, 'hex')) !== null;
  const fresh = hex(isRecord ? encodeRecord(message) : message);
  if (finding.steps === undefined) {
    return { ...finding, messages: finding.messages.map((one, i) => (i === at ? fresh : one)) };
  }
  return withSteps(
    finding,
    finding.steps.map((step, i) => (i === at ? { ...step, bytes: fresh } : step)),
  );
}
