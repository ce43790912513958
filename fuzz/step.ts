/**
 * What a session is made of: bytes on one of its connections, the end of one, and which parts of earlier replies go
 * into a call. Type-only.
 */
import type { FuzzProcedure } from './call.ts';
import type { Part } from './points.ts';

export type Act = 'call' | 'send' | 'hold' | 'drip' | 'open' | 'deaf' | 'end' | 'reset' | 'kill';

/** What is done to a value that is carried: its first bit turned, or all of it zero, or ones. */
export type Change = 'flip' | 'zero' | 'ones';

export interface Step {
  /** which of the session's connections; it is opened with its first step */
  readonly on: number;
  /**
   * `call`: sent, and what is due of it awaited; `send`: sent, and the next step follows at once; `hold`: sent, half a
   * record, behind which others must be served; `drip`: sent in small pieces, with time between; `open`: nothing but the
   * connection; `deaf`: nothing is read of it any more; `end`: FIN; `reset`: RST, or the end of a datagram socket;
   * `kill`: the target's process is ended and started anew, where it is ours.
   */
  readonly act: Act;
  /** what goes on the wire; nothing where nothing is sent */
  readonly bytes: Uint8Array;
  /** whose arguments they are */
  readonly procedure: FuzzProcedure | null;
  readonly carry: readonly Carry[];
}

/** A part of the result of an earlier step, in the place of message[off, off + len) of this one. */
export interface Carry {
  /** the step that was answered with it */
  readonly from: number;
  readonly off: number;
  readonly len: number;
  /** which part of the result; the first of which this holds */
  readonly wanted: (part: Part) => boolean;
  readonly change?: Change;
}
