/** The sink behind `-z expert`: the remarks that walkers make on one frame, in order. Never throws. */
import type { FieldDef, FieldValue, Sink } from './field.ts';

export interface ExpertRemark {
  /** the protocol's filter name */
  readonly protocol: string;
  /** Wireshark's numbers */
  severity: number;
  group: number;
  message: string;
}

export class ExpertCollector implements Sink {
  readonly wantsText = false;
  readonly #remarks: ExpertRemark[] = [];
  /** the remark that is open: null outside of one, 'begun' until it says whose it is */
  #open: ExpertRemark | 'begun' | null = null;

  get remarks(): readonly ExpertRemark[] {
    return this.#remarks;
  }

  reset(): void {
    this.#remarks.length = 0;
    this.#open = null;
  }

  wants(def: FieldDef): boolean {
    return def.protocol === '_ws.expert';
  }

  openField(def: FieldDef): void {
    if (def.name === '_ws.expert') this.#open = 'begun';
  }

  field(def: FieldDef, value: FieldValue): void {
    const open = this.#open;
    if (open === null) return;
    if (open === 'begun') {
      const remark = { protocol: def.protocol, severity: 0, group: 0, message: '' };
      this.#remarks.push(remark);
      this.#open = remark;
    } else if (def.name === '_ws.expert.message') open.message = String(value);
    else if (def.name === '_ws.expert.severity') open.severity = Number(value);
    else if (def.name === '_ws.expert.group') {
      open.group = Number(value);
      // the last that walkExpert says of it
      this.#open = null;
    }
  }

  openProtocol(): void {}

  source(): void {}

  text(): void {}

  openText(): void {}

  close(): void {}
}
