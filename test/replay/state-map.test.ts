import { expect } from 'chai';
import { xdr } from '../../codec/xdr/index.ts';
import { type MapRules, StateMap } from '../../replay/index.ts';

const UUID_A = '18160fd9-3476-464a-b9b2-42fb98209f3b';
const UUID_B = 'ef63e03c-7fad-43ba-9da6-940114db7a60';
const bytesOf = (uuid: string) => new Uint8Array(Buffer.from(uuid.replaceAll('-', ''), 'hex'));

const domain = xdr.struct({ id: xdr.int(), uuid: xdr.opaque(16), name: xdr.string(64), size: xdr.uint() });
const recorded = { id: 3, uuid: bytesOf(UUID_A), name: 'one', size: 10 };
const target = { id: 7, uuid: bytesOf(UUID_B), name: 'one', size: 11 };

describe('replay/state-map', () => {
  it('rewrites handles and ids of later calls to what the target calls them', () => {
    const map = new StateMap();
    expect(map.apply(domain, recorded)).to.equal(recorded);
    map.learn(domain, recorded, target);
    const args = xdr.struct({ id: xdr.int(), count: xdr.int(), handle: xdr.varOpaque(64) });
    const sent = { id: 3, count: 3, handle: recorded.uuid };
    expect(map.apply(args, sent)).to.deep.equal({ id: 7, count: 3, handle: target.uuid });
    expect(sent.id).to.equal(3);
    const other = { ...sent, id: 4, handle: bytesOf(UUID_B) };
    expect(map.apply(args, other)).to.equal(other);
  });

  it('maps bytes of another length', () => {
    const map = new StateMap();
    const handle = xdr.struct({ fh: xdr.varOpaque(64) });
    map.learn(handle, { fh: Uint8Array.of(1, 2, 3, 4) }, { fh: Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9) });
    expect(map.apply(handle, { fh: Uint8Array.of(1, 2, 3, 4) })).to.deep.equal({
      fh: Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9),
    });
  });

  it('explains differences in names of state only, and only the known ones', () => {
    const map = new StateMap();
    map.learn(domain, recorded, target);
    expect(map.explains('result.id', 3, 7)).to.equal(true);
    expect(map.explains('result.list[4].ids[0]', 3, 7)).to.equal(true);
    expect(map.explains('result.size', 3, 7)).to.equal(false);
    expect(map.explains('result.size', 10, 11)).to.equal(false);
    expect(map.explains('result.id', 3, 8)).to.equal(false);
    expect(map.explains('result.uuid', UUID_A.replaceAll('-', ''), UUID_B.replaceAll('-', ''))).to.equal(
      true,
    );
    expect(map.explains('result.uuid', UUID_B.replaceAll('-', ''), UUID_A.replaceAll('-', ''))).to.equal(
      false,
    );
  });

  it('finds UUIDs and ids within text', () => {
    const map = new StateMap();
    map.learn(domain, recorded, target);
    const xml = (id: number, uuid: string, memory = 1024) =>
      `<domain id='${id}'><uuid>${uuid}</uuid><memory>${memory}</memory></domain>`;
    expect(map.explains('result.xml', xml(3, UUID_A), xml(7, UUID_B))).to.equal(true);
    expect(map.explains('result.xml', xml(3, UUID_A), xml(7, UUID_B, 2048))).to.equal(false);
    const text = xdr.struct({ xml: xdr.string(1000) });
    // a number in text may be anything, so it is sent as it is
    expect(map.apply(text, { xml: xml(3, UUID_A) })).to.deep.equal({ xml: xml(3, UUID_B) });
  });

  it('does not explain bytes that stood for something else before', () => {
    const map = new StateMap();
    map.learn(domain, recorded, target);
    const third = { ...target, uuid: bytesOf('00000000-0000-4000-8000-000000000001') };
    map.learn(domain, recorded, third);
    const hex = (uuid: Uint8Array) => Buffer.from(uuid).toString('hex');
    expect(map.explains('result.uuid', hex(recorded.uuid), hex(third.uuid))).to.equal(false);
  });

  it('takes times for the same that are each of their own run', () => {
    const map = new StateMap({ recordedAt: 1000, replayedAt: 500_000 });
    expect(map.explains('result.mtime.seconds', 990, 500_001)).to.equal(true);
    expect(map.explains('result.mtime.nseconds', 1, 2)).to.equal(true);
    expect(map.explains('result.mtime.seconds', 990, 1)).to.equal(false);
    expect(map.explains('result.lease.seconds', 990, 500_001)).to.equal(false);
  });

  it('maps what its rules name and nothing else, with values known beforehand', () => {
    const rules: MapRules = {
      version: 1,
      rules: [
        { class: '.size', kind: 'integer' },
        { class: 'x.size', kind: 'integer' },
      ],
      values: [{ class: 'x.size', from: 10, to: 12 }],
      clockSeconds: 0,
    };
    const map = new StateMap({ rules, recordedAt: 1, replayedAt: 1 });
    expect(map.isIdentity).to.equal(false);
    expect(map.apply(domain, recorded)).to.deep.equal({ ...recorded, size: 12 });
    map.learn(domain, recorded, target);
    expect(map.explains('result.id', 3, 7)).to.equal(false);
    expect(map.explains('result.mtime.seconds', 1, 2)).to.equal(false);
  });

  it('writes down what it found', () => {
    const map = new StateMap();
    map.learn(domain, recorded, target);
    map.apply(domain, recorded);
    const found = map.rules;
    expect(found.rules.map(({ kind, learned, used }) => ({ kind, learned, used }))).to.deep.equal([
      { kind: 'integer', learned: 1, used: 1 },
      { kind: 'bytes', learned: 1, used: 1 },
    ]);
  });
});
