/**
 * Where packets come from: a file, a growing file, standard input, a capturing process, a proxy. A source is asked
 * for what it has, for a few milliseconds at a time, and says when there is more. It never throws: what went wrong is
 * told in `state`.
 */
import { isCaptureError } from '../../dissector/capture/errors.ts';
import type { CaptureInterface, CaptureSecrets } from '../../dissector/capture/interface.ts';
import type { Packet } from '../../dissector/capture/packet.ts';
import type { CaptureParser } from '../../dissector/capture/parser.ts';
import type { ByteStore } from '../trace/scratch.ts';

/** What is known of a capture beside its packets, as far as it was read. */
export interface CaptureFacts {
  readonly interfaces: readonly CaptureInterface[];
  readonly secrets?: readonly CaptureSecrets[];
}

/** Takes a packet, which dies when it returns; its bytes stand in the source's store from `at` on. */
export type TakePacket = (packet: Packet, capture: CaptureFacts, at: number) => void;

export interface SourceState {
  /** there is more right now */
  readonly ready: boolean;
  /** nothing will come any more */
  readonly ended: boolean;
  /** packets come as they happen, or may still be appended */
  readonly live: boolean;
  /** how much of what there is was read, 0 to 1 */
  readonly progress: number;
  /** packets lost before they came here, as far as the source knows */
  readonly dropped: number;
  /** why it ended early, or what is odd about its end; null for nothing */
  readonly note: string | null;
}

export interface PacketSource {
  /** as the title shows it */
  readonly name: string;
  /** where the bytes of packets stand */
  readonly store: ByteStore;
  readonly state: SourceState;
  /** Gives packets until none is ready or `performance.now()` passes `until`. */
  pump(take: TakePacket, until: number): void;
  /** Called whenever more became ready, or the state changed, after `pump` had found nothing. */
  onChange(listener: () => void): void;
  close(): void;
}

/** How many packets are handed on between two looks at the clock. */
export const LOOK_EVERY = 32;

/** Hands on what a parser has. True when the time was up first, so that there may be more. */
export function deliver(parser: CaptureParser, take: TakePacket, until: number): boolean {
  for (let n = 1; ; n++) {
    const packet = parser.next();
    if (packet === null) return false;
    take(packet, parser, parser.origin + packet.off);
    if (n % LOOK_EVERY === 0 && performance.now() >= until) return true;
  }
}

/** What to tell of an error of the capture or the system; null for any other, which is a mistake of ours. */
export function endReason(e: unknown): string | null {
  if (isCaptureError(e)) return `${e.message} at offset ${e.offset}`;
  return (e as NodeJS.ErrnoException).syscall === undefined ? null : (e as Error).message;
}
