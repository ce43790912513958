/**
 * Makes a failing case small: the same mutation of smaller values, then bytes cut from its end or set to zero. What
 * counts as still failing is the caller's question; it is asked a bounded number of times. Pure but for that.
 */
import { encodeRecord } from '../codec/rpc/index.ts';
import { codecOf, shrinkValue } from '../codec/xdr/index.ts';
import { codecOptions } from './call.ts';
import { frame } from './expect.ts';
import { baseCall, callWith, type FuzzCase, type PlanOptions, remade } from './plan.ts';

export interface ShrinkOptions extends PlanOptions {
  /** the most times that `fails` is asked */
  readonly tries?: number;
}

const TRIES = 150;

/** The smallest case found for which `fails` still holds; the case itself where none is smaller. */
export async function shrinkCase(
  one: FuzzCase,
  fails: (smaller: FuzzCase) => Promise<boolean>,
  options: ShrinkOptions,
): Promise<FuzzCase> {
  let left = options.tries ?? TRIES;
  const stillFails = async (smaller: FuzzCase): Promise<boolean> => left-- > 0 && (await fails(smaller));
  const valued = await shrinkArguments(one, stillFails, options);
  return shrinkBytes(valued, stillFails, options.stream);
}

async function shrinkArguments(
  one: FuzzCase,
  fails: (smaller: FuzzCase) => Promise<boolean>,
  options: PlanOptions,
): Promise<FuzzCase> {
  const round = /\/(\d+)\/[^/]+$/s.exec(one.id)?.[1];
  if (round === undefined || one.family.startsWith('frag.')) return one;
  const { argument } = one.procedure.declared.procedure;
  const codec = codecOf(argument, codecOptions(options));
  const base = baseCall(one.procedure, Number(round), options);
  let value = codec.decode(base.message, base.body);
  let best = one;
  for (let progress = true; progress; ) {
    progress = false;
    for (const smaller of shrinkValue(argument, value)) {
      const made = remade(one, callWith(one.procedure, codec.encode(smaller), options), options);
      if (made === null || made.bytes.length > best.bytes.length || !(await fails(made))) continue;
      value = smaller;
      best = made;
      progress = true;
      break;
    }
  }
  return best;
}

/** Cuts words off the end, boldly at first; what is left out of a stream is left out of its one record. */
async function shrinkBytes(
  one: FuzzCase,
  fails: (smaller: FuzzCase) => Promise<boolean>,
  stream: boolean,
): Promise<FuzzCase> {
  const messages = stream ? frame(one.bytes) : null;
  if (messages !== null && (messages.state !== 'open' || messages.messages.length !== 1)) return one;
  let message = messages?.messages[0] ?? one.bytes;
  let best = one;
  const attempt = async (candidate: Uint8Array): Promise<boolean> => {
    const made = { ...one, bytes: stream ? encodeRecord(candidate) : candidate };
    if (!(await fails(made))) return false;
    message = candidate;
    best = made;
    return true;
  };
  for (let cut = message.length >> 1; cut > 0; cut >>= 1) {
    const size = cut > 3 ? cut & ~3 : cut;
    while (message.length - size >= 4 && (await attempt(message.slice(0, message.length - size)))) {
      // once more as much
    }
  }
  return best;
}
