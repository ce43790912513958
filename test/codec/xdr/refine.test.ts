import { expect } from 'chai';
import { xdr } from '../../../codec/xdr/index.ts';
import { type RefinedBy, refinedType, refinementsOf } from '../../../codec/xdr/refine.ts';
import type { StructType, XdrType } from '../../../codec/xdr/types.ts';

describe('refinements', () => {
  const within = xdr.struct({
    head: xdr.struct({ kind: xdr.int() }),
    mask: xdr.varArray(xdr.uint()),
    body: xdr.varOpaque(),
  });
  const chosen = (by: RefinedBy, value: object): XdrType | undefined =>
    refinedType({ within, field: 'body', by }, value);

  it('are found by the struct they are within', () => {
    const one = { within, field: 'body', by: { kind: 'type', type: xdr.int() } } as const;
    const index = refinementsOf([one, { ...one, field: 'other' }]);
    expect(index.get(within)).to.have.length(2);
    expect(refinementsOf([]).size).to.equal(0);
  });

  it('choose by a value beside or below', () => {
    const cases = new Map<number | bigint, XdrType>([[1, xdr.int()]]);
    const by: RefinedBy = { kind: 'switch', on: 'head.kind', cases };
    expect(chosen(by, { head: { kind: 1 } })).to.equal(xdr.int());
    expect(chosen(by, { head: { kind: 2 } })).to.equal(undefined);
    expect(chosen({ ...by, default: xdr.bool() }, { head: { kind: 2 } })).to.equal(xdr.bool());
    expect(chosen(by, { head: null })).to.equal(undefined);
    expect(chosen({ ...by, on: 'flag' }, { flag: true })).to.equal(xdr.int());
    expect(chosen({ ...by, on: 'constructor.name' }, {})).to.equal(undefined);
    expect(chosen({ kind: 'type', type: xdr.bool() }, {})).to.equal(xdr.bool());
  });

  it('string together the fields of the bits that are set, up to an unknown one', () => {
    const fields = new Map([
      [0, { name: 'a', type: xdr.int() as XdrType }],
      [31, { name: 'b', type: xdr.int() as XdrType }],
      [32, { name: 'c', type: xdr.int() as XdrType }],
    ]);
    const names = (mask: unknown): string[] | undefined =>
      (chosen({ kind: 'bitmap', on: 'mask', fields }, { mask }) as StructType | undefined)?.fields.map(
        (f) => f.name,
      );
    expect(names([0x80000001, 1])).to.deep.equal(['a', 'b', 'c']);
    expect(names([0x80000003, 1])).to.deep.equal(['a']);
    expect(names([])).to.deep.equal([]);
    expect(names(5)).to.equal(undefined);
  });
});
