/**
 * The list of IP fragments that made up a datagram, as tshark shows it in the frame that completed it. Generated
 * from frame numbers; never throws.
 */
import type { Frame, LayerRange } from '../network/frame.ts';
import type { FieldDef, Sink } from './field.ts';
import { GENERATED, wantsLabels } from './field.ts';
import type { Define } from './registry.ts';

export interface FragmentFields {
  readonly family: string;
  readonly fragments: FieldDef;
  readonly fragment: FieldDef;
  readonly count: FieldDef;
  readonly length: FieldDef;
  readonly data: FieldDef;
}

/** `protocol` 'ip' or 'ipv6', `family` as shown. */
export function fragmentFields(define: Define, protocol: string, family: string): FragmentFields {
  return {
    family,
    fragments: define(`${protocol}.fragments`, `${family} Fragments`, 'bytes'),
    fragment: define(`${protocol}.fragment`, `${family} Fragment`, 'framenum'),
    count: define(`${protocol}.fragment.count`, 'Fragment count', 'uint32'),
    length: define(`${protocol}.reassembled.length`, `Reassembled ${family} length`, 'uint32'),
    data: define(`${protocol}.reassembled.data`, `Reassembled ${family} data`, 'bytes'),
  };
}

export function wantsFragments(f: FragmentFields, sink: Sink): boolean {
  return [f.fragments, f.fragment, f.count, f.length, f.data].some((def) => sink.wants(def));
}

/** The reassembled payload is that of the layer after the header `r`. */
export function walkFragments(f: FragmentFields, frame: Frame, r: LayerRange, sink: Sink): void {
  const frames = r.fragmentFrames;
  if (frames === null) return;
  const next = frame.layers.indexOf(r) + 1;
  const whole = next < frame.layerCount ? frame.layers[next] : undefined;
  const apart = whole !== undefined && whole.buf !== r.buf;
  const { buf } = apart ? whole : r;
  // what was put together has memory of its own, from its first byte to its last
  const off = apart ? 0 : r.payload;
  const len = (apart ? buf.length : r.end) - off;
  const list = frames.map((n) => `#${n}`).join(', ');
  const label = wantsLabels(sink)
    ? `[${frames.length} ${f.family} Fragments (${len} bytes): ${list}]`
    : undefined;
  sink.source(buf, buf === frame.packet.buf ? null : `Reassembled ${f.family}`, off, len);
  sink.openField(f.fragments, null, off, len, GENERATED, label);
  for (const n of frames)
    sink.field(f.fragment, n, 0, 0, GENERATED, wantsLabels(sink) ? `[Frame: ${n}]` : undefined);
  sink.field(f.count, frames.length, 0, 0, GENERATED);
  sink.field(f.length, len, 0, 0, GENERATED);
  sink.field(
    f.data,
    null,
    off,
    len,
    GENERATED,
    wantsLabels(sink) ? `[Reassembled ${f.family} data]` : undefined,
  );
  sink.close();
  sink.source(frame.packet.buf, null);
}
