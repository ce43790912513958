/**
 * The sink behind `-T fields` and the display filter: keeps the occurrences of the wanted fields of one frame and
 * nothing else. Its arrays are reused from frame to frame, so a frame makes no garbage here; what a slot points to
 * dies with the packet. Never throws.
 */
import type { FieldDef, FieldValue, Sink } from './field.ts';
import { GENERATED } from './field.ts';

/** The occurrences of one wanted field: entries [0, count) of the parallel arrays. */
export interface Slot {
  readonly def: FieldDef;
  count: number;
  readonly values: FieldValue[];
  /** where the bytes of each occurrence stand */
  readonly bufs: Buffer[];
  readonly offs: number[];
  readonly lens: number[];
  /** label texts, kept for protocols only */
  readonly texts: string[];
}

/** `texts`: whether a wanted protocol's heading is needed, as `-e rpc` does and a filter does not. */
export class FieldCollector implements Sink {
  readonly wantsText: boolean;
  readonly slots: readonly Slot[];
  readonly fields: readonly FieldDef[];
  readonly #byId: (Slot | undefined)[] = [];
  readonly #protocols = new Set<string>();
  #buf: Buffer = Buffer.alloc(0);

  constructor(wanted: readonly FieldDef[], texts = false) {
    const slots: Slot[] = [];
    let protocolWanted = false;
    for (const def of wanted) {
      this.#protocols.add(def.protocol);
      if (def.type === 'protocol' || def.type === 'none') protocolWanted = true;
      if (this.#byId[def.id] !== undefined) continue;
      const slot: Slot = { def, count: 0, values: [], bufs: [], offs: [], lens: [], texts: [] };
      this.#byId[def.id] = slot;
      slots.push(slot);
    }
    this.slots = slots;
    this.fields = slots.map((slot) => slot.def);
    this.wantsText = texts && protocolWanted;
  }

  /** Forgets the last frame. */
  reset(): void {
    for (const slot of this.slots) slot.count = 0;
  }

  /** The slot of a field, or undefined when it was not wanted. */
  slot(def: FieldDef): Slot | undefined {
    return this.#byId[def.id];
  }

  wants(def: FieldDef): boolean {
    if (def.type === 'protocol') return this.#byId[def.id] !== undefined || this.#protocols.has(def.protocol);
    return this.#byId[def.id] !== undefined;
  }

  source(buf: Buffer): void {
    this.#buf = buf;
  }

  openProtocol(def: FieldDef, off: number, len: number, text: string): void {
    this.#put(def, null, off, len, text);
  }

  field(def: FieldDef, value: FieldValue, off: number, len: number, _flags?: number, text?: string): void {
    this.#put(def, value, off, len, text);
  }

  openField(def: FieldDef, value: FieldValue, off: number, len: number, flags = 0, text?: string): void {
    // what is generated has brackets in -V only
    const plain = this.wantsText && (flags & GENERATED) !== 0 ? text?.replace(/^\[(.*)\]$/s, '$1') : text;
    this.#put(def, value, off, len, plain);
  }

  text(): void {}

  openText(): void {}

  close(): void {}

  #put(def: FieldDef, value: FieldValue, off: number, len: number, text: string | undefined): void {
    const slot = this.#byId[def.id];
    if (slot === undefined) return;
    const i = slot.count++;
    slot.values[i] = value;
    slot.bufs[i] = this.#buf;
    slot.offs[i] = off;
    slot.lens[i] = len;
    if (this.wantsText) slot.texts[i] = text ?? '';
  }
}
