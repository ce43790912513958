import { expect } from 'chai';
import { findEndless } from '../../../codec/idl/finite.ts';
import type { XdrType } from '../../../codec/xdr/types.ts';

const INT: XdrType = { kind: 'integer', bits: 32, signed: true };
const ref = (name: string): XdrType => ({ kind: 'ref', name, target: INT });
const struct = (...types: XdrType[]): XdrType => ({
  kind: 'struct',
  fields: types.map((type, i) => ({ name: `f${i}`, type })),
});
const endless = (types: Record<string, XdrType>) => findEndless(new Map(Object.entries(types)));

describe('idl: finite types', () => {
  it('finds circles by value', () => {
    expect(endless({ a: struct(ref('a')) })).to.deep.equal(['a']);
    expect(endless({ a: struct(INT, ref('b')), b: struct(ref('a')) })).to.deep.equal(['a', 'b']);
    expect(endless({ a: { kind: 'array', fixed: true, size: 2, element: ref('a') } })).to.deep.equal(['a']);
  });

  it('does not repeat the finding for what only holds a circle', () => {
    expect(endless({ a: struct(ref('b')), b: struct(ref('b')) })).to.deep.equal(['b']);
  });

  it('lets optionals, arrays, and unions with a way out be', () => {
    const union = (...types: XdrType[]): XdrType => ({
      kind: 'union',
      discriminant: { name: 'd', type: INT },
      arms: types.map((type, i) => ({ cases: [i], name: 'x', type })),
    });
    expect(
      endless({
        a: struct({ kind: 'optional', element: ref('a') }),
        b: struct({ kind: 'array', fixed: false, size: 1, element: ref('b') }),
        c: struct({ kind: 'array', fixed: true, size: 0, element: ref('c') }),
        d: union(INT, ref('d')),
        e: union(),
        f: struct(ref('a'), ref('b'), ref('c'), ref('d'), ref('e')),
      }),
    ).to.deep.equal([]);
    expect(endless({ g: union(ref('g'), struct(ref('g'))) })).to.deep.equal(['g']);
  });

  it('takes long chains in either direction', () => {
    const chain = Array.from({ length: 50_000 }, (_, i): [string, XdrType] => [
      `s${i}`,
      i === 49_999 ? INT : struct(ref(`s${i + 1}`)),
    ]);
    expect(findEndless(new Map(chain))).to.deep.equal([]);
    expect(findEndless(new Map(chain.reverse()))).to.deep.equal([]);
    const circle = chain.map(([name, type]): [string, XdrType] => [
      name,
      type === INT ? struct(ref('s0')) : type,
    ]);
    expect(findEndless(new Map(circle))).to.have.length(50_000);
  });

  it('is linear where a struct holds a whole chain', () => {
    const chain = Array.from({ length: 30_000 }, (_, i): [string, XdrType] => [
      `s${i}`,
      i === 0 ? INT : struct(ref(`s${i - 1}`)),
    ]);
    const all = struct(...chain.map(([name]) => ref(name)));
    const start = performance.now();
    expect(findEndless(new Map<string, XdrType>([['all', all], ...chain.reverse()]))).to.deep.equal([]);
    expect(performance.now() - start).to.be.lessThan(3000);
  });
});
