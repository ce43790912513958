/**
 * A sink around the field collector that also notes, for each occurrence of a field, in which layer of its
 * protocol it stands (the second `ip` of a tunnel is layer 2). Only filters with `#` need it. Never throws.
 */
import type { FieldDef, FieldValue, Sink } from '../tree/field.ts';
import type { FieldCollector } from '../tree/field-collector.ts';

export class LayerSink implements Sink {
  readonly wantsText: boolean;
  readonly #inner: FieldCollector;
  readonly #layers = new Map<FieldDef, number[]>();
  /** how many layers of each protocol the frame had so far */
  readonly #counts = new Map<string, number>();

  constructor(inner: FieldCollector) {
    this.#inner = inner;
    this.wantsText = inner.wantsText;
  }

  /** The layer numbers of a field's occurrences, kept up to date from frame to frame. */
  layersOf(def: FieldDef): readonly number[] {
    let layers = this.#layers.get(def);
    if (layers === undefined) {
      layers = [];
      this.#layers.set(def, layers);
    }
    return layers;
  }

  /** Forgets the last frame's layers; to be called with the collector's own reset. */
  reset(): void {
    this.#inner.reset();
    this.#counts.clear();
  }

  wants(def: FieldDef): boolean {
    return this.#inner.wants(def);
  }

  source(buf: Buffer): void {
    this.#inner.source(buf);
  }

  openProtocol(def: FieldDef, off: number, len: number, text: string): void {
    this.#counts.set(def.protocol, (this.#counts.get(def.protocol) ?? 0) + 1);
    this.#inner.openProtocol(def, off, len, text);
    this.#note(def);
  }

  field(def: FieldDef, value: FieldValue, off: number, len: number, flags?: number, text?: string): void {
    this.#inner.field(def, value, off, len, flags, text);
    this.#note(def);
  }

  openField(def: FieldDef, value: FieldValue, off: number, len: number, flags?: number, text?: string): void {
    this.#inner.openField(def, value, off, len, flags, text);
    this.#note(def);
  }

  text(): void {}

  openText(): void {}

  close(): void {}

  #note(def: FieldDef): void {
    const layers = this.#layers.get(def);
    const slot = this.#inner.slot(def);
    if (layers !== undefined && slot !== undefined)
      layers[slot.count - 1] = this.#counts.get(def.protocol) ?? 1;
  }
}
