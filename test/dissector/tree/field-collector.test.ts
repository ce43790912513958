import { expect } from 'chai';
import { FieldCollector } from '../../../dissector/tree/field-collector.ts';
import { Registry } from '../../../dissector/tree/registry.ts';

const define = new Registry().definer('p');
const proto = define('p', 'P', 'protocol');
const a = define('p.a', 'A', 'uint32');
const b = define('p.b', 'B', 'bytes');

describe('field collector', () => {
  it('keeps the occurrences of what is wanted, in order', () => {
    const collector = new FieldCollector([b, a, a]);
    const bytes = Buffer.from([1, 2, 3]);
    collector.source(bytes);
    collector.openProtocol(proto, 0, 3, 'P');
    collector.field(a, 1, 0, 1);
    collector.openField(a, 2, 1, 1);
    collector.field(b, null, 1, 2);
    collector.close();
    expect(collector.slots.map((s) => s.def)).to.deep.equal([b, a]);
    const slot = collector.slot(a);
    expect(slot?.values.slice(0, slot.count)).to.deep.equal([1, 2]);
    expect([
      collector.slot(b)?.bufs[0],
      collector.slot(b)?.offs[0],
      collector.slot(b)?.lens[0],
    ]).to.deep.equal([bytes, 1, 2]);
    expect(collector.slot(proto)).to.equal(undefined);
  });

  it('forgets a frame but not its slots', () => {
    const collector = new FieldCollector([a]);
    collector.field(a, 1, 0, 1);
    collector.reset();
    expect(collector.slot(a)?.count).to.equal(0);
    collector.field(a, 7, 0, 1);
    expect(collector.slot(a)?.values[0]).to.equal(7);
  });

  it('wants a protocol for itself and for its fields', () => {
    const other = new Registry().definer('q')('q', 'Q', 'protocol');
    expect(new FieldCollector([a]).wants(proto)).to.equal(true);
    expect(new FieldCollector([a]).wants(b)).to.equal(false);
    expect(new FieldCollector([proto]).wants(proto)).to.equal(true);
    expect(new FieldCollector([a]).wants({ ...other, id: 99 })).to.equal(false);
  });

  it('keeps a heading only when asked for texts', () => {
    const quiet = new FieldCollector([proto]);
    expect(quiet.wantsText).to.equal(false);
    const loud = new FieldCollector([proto], true);
    expect(loud.wantsText).to.equal(true);
    loud.openProtocol(proto, 0, 0, 'Heading');
    expect(loud.slot(proto)?.texts[0]).to.equal('Heading');
    expect(new FieldCollector([a], true).wantsText).to.equal(false);
  });
});
