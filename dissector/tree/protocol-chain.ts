/**
 * The sink behind `-z io,phs`: the protocols of one frame in the order of their headings, an early end of the
 * dissection among them. Not `frame.protocols`, which leaves out a program without arguments. Never throws.
 */
import type { FieldDef, Sink } from './field.ts';

export class ProtocolChain implements Sink {
  readonly wantsText = false;
  /** names as filters have them; the frame's own is left out */
  readonly names: string[] = [];

  reset(): void {
    this.names.length = 0;
  }

  wants(def: FieldDef): boolean {
    return def.type === 'protocol' && def.name !== 'frame';
  }

  openProtocol(def: FieldDef): void {
    if (this.wants(def)) this.names.push(def.name);
  }

  source(): void {}

  field(): void {}

  openField(): void {}

  text(): void {}

  openText(): void {}

  close(): void {}
}
