/**
 * What a run knows to decrypt with: the key log, filled from a file and from the capture's own secrets blocks, and
 * the master secrets of TLS 1.2 sessions that a later connection may resume. Bounded; never throws.
 */
import type { CaptureSecrets } from '../capture/interface.ts';
import { KeyLog, TLS_KEY_LOG } from './key-log.ts';
import { nodeCrypto } from './node-crypto.ts';

/** Sessions remembered for resumption. */
const MAX_SESSIONS = 16_384;

/** TLS 1.2 master secrets by session id or session ticket. */
export class ResumableSessions {
  readonly #limit: number;
  readonly #masters = new Map<string, Buffer>();

  constructor(limit = MAX_SESSIONS) {
    this.#limit = limit;
  }

  get(name: Buffer): Buffer | null {
    return this.#masters.get(keyOf(name)) ?? null;
  }

  put(name: Buffer, master: Buffer): void {
    if (this.#masters.size >= this.#limit) this.#masters.clear();
    this.#masters.set(keyOf(name), master);
  }
}

/** A ticket may be 64 KiB long; what is kept of it is not. */
function keyOf(name: Buffer): string {
  return nodeCrypto().createHash('sha256').update(name).digest('base64');
}

export class TlsSecrets {
  readonly keyLog: KeyLog;
  readonly sessions = new ResumableSessions();
  /** blocks of the capture already taken */
  #taken = 0;

  constructor(keyLog: KeyLog = new KeyLog()) {
    this.keyLog = keyLog;
  }

  /** Takes the secrets blocks that were not there at the last call; `blocks` only grows. */
  take(blocks: readonly CaptureSecrets[]): void {
    for (; this.#taken < blocks.length; this.#taken++) {
      const block = blocks[this.#taken]!;
      if (block.type === TLS_KEY_LOG) this.keyLog.add(block.data.toString('latin1'));
    }
  }

  /** The capture begins again, or another one does: its blocks will be taken from the first. */
  rewind(): void {
    this.#taken = 0;
  }
}
