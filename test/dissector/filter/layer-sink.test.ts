import { expect } from 'chai';
import { LayerSink } from '../../../dissector/filter/layer-sink.ts';
import { FieldCollector } from '../../../dissector/tree/field-collector.ts';
import { Registry } from '../../../dissector/tree/registry.ts';

describe('dissector/filter/layer-sink', () => {
  it('numbers the layers of each protocol from 1, anew in every frame', () => {
    const registry = new Registry();
    const ip = registry.definer('ip');
    const proto = ip('ip', 'IP', 'protocol');
    const src = ip('ip.src', 'Source', 'uint32');
    const other = ip('ip.ttl', 'TTL', 'uint8');
    const collector = new FieldCollector([src]);
    const sink = new LayerSink(collector);
    const layers = sink.layersOf(src);
    for (const frames of [3, 1]) {
      sink.reset();
      for (let i = 0; i < frames; i++) {
        sink.openProtocol(proto, 0, 0, '');
        sink.field(other, 64, 0, 1);
        sink.field(src, i, 0, 4);
        sink.openField(src, i, 0, 4);
        sink.close();
      }
      const slot = collector.slot(src)!;
      expect(slot.count).to.equal(frames * 2);
      expect(layers.slice(0, slot.count)).to.deep.equal([1, 1, 2, 2, 3, 3].slice(0, frames * 2));
    }
    expect(sink.wants(src)).to.equal(true);
    expect(sink.wants(other)).to.equal(false);
  });
});
