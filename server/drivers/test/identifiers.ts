/**
 * UUIDs and MAC addresses that look random and follow from a seed: the same calls get the same ones. What a refused
 * call drew is given back.
 */

import { createHash } from 'node:crypto';
import { uuidText } from '../../../codec/programs/uuid.ts';
import type { Uuid } from '../driver.ts';

export class Identifiers {
  readonly #seed: string;
  #drawn = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** A version 4 UUID that `taken` says is free. */
  uuid(taken: (uuid: Uuid) => boolean): Uuid {
    for (;;) {
      const bytes = this.#draw('uuid').subarray(0, 16);
      bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
      bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
      const uuid = uuidText(bytes);
      if (!taken(uuid)) return uuid;
    }
  }

  /** Within the range that QEMU uses. */
  mac(): string {
    const tail = [...this.#draw('mac').subarray(0, 3)].map((b) => b.toString(16).padStart(2, '0'));
    return ['52', '54', '00', ...tail].join(':');
  }

  /** Remembers how much was drawn; the returned function goes back to that. */
  mark(): () => void {
    const drawn = this.#drawn;
    return () => {
      this.#drawn = drawn;
    };
  }

  #draw(what: string): Buffer {
    return createHash('sha256')
      .update(`${this.#seed}\0${what}\0${this.#drawn++}`)
      .digest();
  }
}
