/**
 * Finds RPC messages in frames and pairs replies with calls, frame by frame in capture order. Two sets of rules:
 * the default (what was really sent) and tshark 4.0.17's (options.compat). Takes any bytes and never throws.
 */
import type { Flow } from '../network/flow.ts';
import type { Frame } from '../network/frame.ts';
import { CompatSession } from './compat/compat-session.ts';
import { ExactSession } from './exact-session.ts';
import type { SessionCounters, SessionOptions } from './options.ts';
import type { PduList } from './pdu-list.ts';

/** What each mode implements. */
export interface SessionMode {
  readonly counters: SessionCounters;
  readonly unsettled: boolean;
  process(frame: Frame): PduList;
  finish(): PduList;
  nextPass(): void;
  drop(flow: Flow): void;
  moveBytes(from: Buffer, to: Buffer, view: DataView): void;
}

export class Session implements SessionMode {
  readonly #mode: SessionMode;

  constructor(options: SessionOptions) {
    this.#mode = options.compat === true ? new CompatSession(options) : new ExactSession(options);
  }

  get counters(): SessionCounters {
    return this.#mode.counters;
  }

  /** The PDUs that end in `frame`, in order. The list and its PDUs are reused by the next call. */
  process(frame: Frame): PduList {
    return this.#mode.process(frame);
  }

  /** `finish` may add to the last frame. */
  get unsettled(): boolean {
    return this.#mode.unsettled;
  }

  /**
   * The last frame's PDUs again, and behind them what only the end of the capture settles: messages behind holes that
   * stayed.
   */
  finish(): PduList {
    return this.#mode.finish();
  }

  /**
   * The first pass is over (call `finish` before) and the same frames follow again: now calls know the frames of
   * their replies. Flow objects may be new ones, their indices must be the same.
   */
  nextPass(): void {
    this.#mode.nextPass();
  }

  /** The bytes of the last frame's packet now stand in `to`, at the same offsets: its PDUs are made to follow. */
  moveBytes(from: Buffer, to: Buffer, view: DataView): void {
    this.#mode.moveBytes(from, to, view);
  }

  /** The network layer has forgotten `flow`. */
  drop(flow: Flow): void {
    this.#mode.drop(flow);
  }
}
