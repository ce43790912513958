/**
 * Plays a session: its steps in order, on connections of its own, with what replies gave carried into later calls.
 * What came of each step is said, and judged elsewhere. Rejects with TransportError where the target takes no connection.
 */
import { HeaderStatus, newHeader, parseHeader } from '../codec/rpc/index.ts';
import { isXdrError } from '../codec/xdr/index.ts';
import { xidOf } from './call.ts';
import { applyEdit } from './edit.ts';
import { offWire, onWire } from './expect.ts';
import { type BytesExpectation, expectBytes, type JudgeRules, type Observation } from './judge.ts';
import type { Lane } from './lane.ts';
import { Outcome } from './outcome.ts';
import { type Part, pointsOf } from './points.ts';
import type { Probe } from './probe.ts';
import type { Change, Step } from './step.ts';

/** What came of a step. */
export interface Played {
  /** what was sent, with what was carried in */
  readonly bytes: Uint8Array;
  readonly expected: BytesExpectation;
  /** null where nothing can be said: nothing was sent, or its connection had ended before it was */
  readonly seen: Observation | null;
  /** the paths of what was carried in, in the order of the step's carries; null for those that were not there */
  readonly carried: readonly (string | null)[];
}

/** Time between two pieces of a message that drips, and how many there are. */
const DRIP_MS = 2;
const DRIPS = 8;

/** What comes of a half-close, and of answers that are not due, is waited for so long. */
const QUIET_MS = 60;

export async function play(probe: Probe, steps: readonly Step[], rules: JudgeRules): Promise<Played[]> {
  const player = new Player(probe, steps, rules);
  try {
    return await player.play();
  } finally {
    player.close();
  }
}

/** One connection of a session. */
interface Line {
  readonly lane: Lane;
  /** nothing is sent any more */
  finished: boolean;
  /** half a record is there: nothing can be asked behind it */
  partial: boolean;
  /** it was ended by a step that may be answered so: what follows is void */
  over: boolean;
}

type Draft = { -readonly [K in keyof Played]: Played[K] } & { readonly line: Line; readonly start: number };

class Player {
  readonly #probe: Probe;
  readonly #steps: readonly Step[];
  readonly #rules: JudgeRules;
  readonly #patience: number;
  readonly #lines = new Map<number, Line>();
  readonly #played: Draft[] = [];

  constructor(probe: Probe, steps: readonly Step[], rules: JudgeRules) {
    this.#probe = probe;
    this.#steps = steps;
    this.#rules = rules;
    // Who is sent a thousand messages at once may take its time for the last.
    this.#patience = rules.lateMs * (1 + steps.length / 64);
  }

  async play(): Promise<Played[]> {
    for (const step of this.#steps) await this.#step(step);
    await Promise.all([...this.#lines.values()].map((line) => this.#collect(line)));
    return this.#played;
  }

  close(): void {
    for (const { lane } of this.#lines.values()) lane.close();
  }

  async #step(step: Step): Promise<void> {
    const line = await this.#line(step.on);
    const [bytes, carried] = this.#carriedInto(step);
    const expected = expectBytes(bytes, this.#rules);
    const draft: Draft = { bytes, expected, seen: null, carried, line, start: performance.now() };
    this.#played.push(draft);
    const { lane } = line;
    switch (step.act) {
      case 'open':
        return;
      case 'deaf':
        return lane.deafen();
      case 'end':
        line.finished = true;
        return lane.finish();
      case 'reset':
        line.over = true;
        return lane.close();
      case 'kill':
        for (const one of this.#lines.values()) one.over = true;
        this.#probe.close();
        return this.#rules.restart?.();
      default:
        if (!line.over && !line.finished) await this.#send(step, draft, line);
    }
  }

  async #send(step: Step, draft: Draft, line: Line): Promise<void> {
    const { bytes, expected } = draft;
    const { lane } = line;
    // Who ended it before this was sent did not do so because of this.
    if (lane.ended) {
      line.over = true;
      return;
    }
    if (step.act === 'drip') await drip(lane, bytes);
    else lane.send(bytes);
    // 'sent': what came of it is asked in the end
    draft.seen = SENT;
    if (expected.state !== 'open') line.partial = true;
    if (step.act === 'hold') {
      const starved = !(await this.#probe.servesOthers());
      draft.seen = { reply: null, closed: lane.ended, milliseconds: 0, starved };
    } else if (step.act === 'call' || step.act === 'drip') await this.#await(draft);
  }

  /** The answer of a call, or that there is none. */
  async #await(draft: Draft): Promise<void> {
    const { line, expected, bytes, start } = draft;
    const { lane } = line;
    const xid = xidOf(bytes, this.#rules.stream);
    const due = this.#isDue(expected);
    const fence = line.partial || due ? -1 : this.#probe.fence(lane);
    const over = (): boolean => lane.has(xid) || lane.ended || (fence >= 0 && lane.has(fence));
    await lane.wait(over, line.partial ? QUIET_MS : this.#patience);
    lane.take(fence);
    const reply = lane.take(xid);
    draft.seen = { reply, closed: reply === null && lane.ended, milliseconds: performance.now() - start };
    if (reply === null && lane.ended) line.over = true;
  }

  /** Whatever is still to come on a line: the answers to what was only sent. */
  async #collect(line: Line): Promise<void> {
    const { lane } = line;
    const waiting = this.#played.filter((one) => one.line === line && one.seen === SENT);
    if (waiting.length === 0) return;
    const quiet = line.partial || line.finished || line.over;
    const fence = quiet || lane.ended ? -1 : this.#probe.fence(lane);
    const xids = waiting.map(({ bytes }) => xidOf(bytes, this.#rules.stream));
    const isDone = (): boolean =>
      lane.ended ||
      waiting.every(
        ({ expected }, i) =>
          lane.has(xids[i] as number) || (!this.#isDue(expected) && fence >= 0 && lane.has(fence)),
      );
    await lane.wait(isDone, quiet ? QUIET_MS : this.#patience);
    let closed = lane.ended;
    const isTwice = (xid: number): boolean =>
      this.#played.filter((one) => xidOf(one.bytes, this.#rules.stream) === xid).length > 1;
    for (const [i, draft] of waiting.entries()) {
      const reply = lane.take(xids[i] as number);
      const milliseconds = performance.now() - draft.start;
      draft.seen = { reply, closed: reply === null && closed, milliseconds };
      // The first without an answer is who it ended at, or whom nobody waited for behind our own end.
      if (reply === null && closed) {
        closed = false;
        for (const later of waiting.slice(i + 1)) later.seen = null;
        if (line.finished || line.over) draft.seen = null;
        break;
      }
      // Who sends a call again before it is answered may be answered once.
      if (reply === null && (quiet || isTwice(xids[i] as number))) draft.seen = null;
    }
  }

  #isDue({ allowed, declared }: BytesExpectation): boolean {
    const others = declared === null ? 0 : this.#rules.others(declared);
    return ((allowed | others) & Outcome.SILENCE) === 0;
  }

  async #line(on: number): Promise<Line> {
    const known = this.#lines.get(on);
    if (known !== undefined) return known;
    const line: Line = { lane: await this.#probe.open(), finished: false, partial: false, over: false };
    this.#lines.set(on, line);
    return line;
  }

  #carriedInto({ bytes, carry }: Step): [Uint8Array, (string | null)[]] {
    if (carry.length === 0) return [bytes, []];
    const carried: (string | null)[] = carry.map(() => null);
    let message = offWire(bytes, this.#rules.stream);
    // from the end on, so that what is before stays where it was
    for (const [i, { from, off, len, wanted, change }] of [...carry.entries()].sort(
      (a, b) => b[1].off - a[1].off,
    )) {
      const part = this.#partOf(from, wanted);
      if (part === null || off + len > message.length) continue;
      message = applyEdit(message, { off, remove: len, insert: changed(part.bytes, change) });
      carried[i] = part.path;
    }
    return [onWire(message, this.#rules.stream), carried];
  }

  #partOf(from: number, wanted: (part: Part) => boolean): { path: string; bytes: Uint8Array } | null {
    const reply = this.#played[from]?.seen?.reply ?? null;
    const procedure = this.#steps[from]?.procedure ?? null;
    if (reply === null || procedure === null) return null;
    const { declared } = procedure;
    const header = newHeader();
    const view = new DataView(reply.buffer, reply.byteOffset, reply.byteLength);
    const status = parseHeader(view, 0, reply.length, header);
    if (
      status !== HeaderStatus.COMPLETE ||
      header.acceptStat !== 0 ||
      declared.declared.repeats !== undefined
    )
      return null;
    try {
      const { parts } = pointsOf(declared.procedure.result, reply, header.bodyOff);
      const part = parts.find(wanted);
      return part === undefined
        ? null
        : { path: part.path, bytes: reply.slice(part.off, part.off + part.len) };
    } catch (e) {
      // A reply that is none is a finding of its own.
      if (e instanceof TypeError || isXdrError(e)) return null;
      throw e;
    }
  }
}

/** A value with the change made to what it says, not to the word of its length. */
function changed(value: Uint8Array, change: Change | undefined): Uint8Array {
  if (change === undefined) return value;
  const out = value.slice();
  const from = out.length > 8 ? 4 : 0;
  if (change === 'flip') out[from] = (out[from] ?? 0) ^ 0x80;
  else out.fill(change === 'zero' ? 0 : 0xff, from);
  return out;
}

const SENT: Observation = { reply: null, closed: false, milliseconds: 0 };

async function drip(lane: Lane, bytes: Uint8Array): Promise<void> {
  const size = Math.max(1, Math.ceil(bytes.length / DRIPS));
  for (let at = 0; at < bytes.length; at += size) {
    if (at > 0) await lane.wait(() => lane.ended, DRIP_MS);
    if (lane.ended) return;
    lane.send(bytes.subarray(at, at + size));
  }
}
