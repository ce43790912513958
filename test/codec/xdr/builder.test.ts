import { expect } from 'chai';
import { decode, encode, type Infer, xdr } from '../../../codec/xdr/index.ts';

/** Compiles only if A and B are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<Flat<A>, Flat<B>>): void => undefined;
type Flat<T> = T extends Uint8Array ? T : T extends object ? { [K in keyof T]: Flat<T[K]> } : T;

describe('the builder', () => {
  const node = xdr.struct(
    {
      id: xdr.int(),
      get next() {
        return xdr.optional(node);
      },
    },
    'node',
  );
  const tree = xdr.struct({
    id: xdr.int(),
    get left() {
      return xdr.optional(tree);
    },
    get right() {
      return xdr.optional(tree);
    },
  });
  const kind = xdr.enumeration({ FILE: 1, DIR: 2, LINK: 5 }, 'kind');
  const body = xdr.union(
    ['kind', kind],
    [xdr.arm([1], 'size', xdr.uhyper()), xdr.arm([2])],
    xdr.otherwise('kind', xdr.string()),
  );

  it('infers the types of values', () => {
    const everything = xdr.struct({
      i: xdr.int(),
      u: xdr.uint(),
      h: xdr.hyper(),
      b: xdr.bool(),
      d: xdr.double(),
      q: xdr.quadruple(),
      e: kind,
      o: xdr.opaque(4),
      s: xdr.string(),
      a: xdr.array(xdr.int(), 2),
      v: xdr.varArray(xdr.string(3)),
      p: xdr.optional(xdr.int()),
      pp: xdr.optional(xdr.optional(xdr.int())),
      n: xdr.named('alias', xdr.bool()),
      z: xdr.void(),
    });
    same<
      Infer<typeof everything>,
      {
        i: number;
        u: number;
        h: bigint;
        b: boolean;
        d: number;
        q: Uint8Array;
        e: 1 | 2 | 5;
        o: Uint8Array;
        s: string;
        a: number[];
        v: string[];
        p: number | null;
        pp: { value: number | null } | null;
        n: boolean;
        z: undefined;
      }
    >(true);
    same<Infer<{ kind: 'void' }>, unknown>(true);
    expect(everything.fields).to.have.length(15);
  });

  it('infers unions, whose default arm narrows', () => {
    type Body = Infer<typeof body>;
    same<Body, { kind: 1; size: bigint } | { kind: 2 } | { kind: 5; value: string }>(true);
    const name = (value: Body): string | bigint => {
      switch (value.kind) {
        case 1:
          return value.size;
        case 2:
          return '';
        default:
          return value.value;
      }
    };
    expect(name({ kind: 5, value: 'there' })).to.equal('there');
    const flag = xdr.union(['on', xdr.bool()], [xdr.arm([true], 'n', xdr.int()), xdr.arm([false])]);
    same<Infer<typeof flag>, { on: true; n: number } | { on: false }>(true);
    expect(decode(flag, encode(flag, { on: true, n: 3 }))).to.deep.equal({ on: true, n: 3 });
  });

  it('infers lists as arrays, and trees as trees', () => {
    const pointer = xdr.optional(node);
    same<Infer<typeof pointer>, { id: number }[]>(true);
    same<Infer<typeof node>, { id: number; next: { id: number }[] }>(true);
    type Tree = Infer<typeof tree>;
    const value: Tree = { id: 1, left: { id: 2, left: null, right: null }, right: null };
    same<Tree['left'], Tree | null>(true);
    expect(decode(tree, encode(tree, value))).to.deep.equal(value);
    const list: Infer<typeof pointer> = [{ id: 1 }, { id: 2 }];
    expect(decode(pointer, encode(pointer, list))).to.deep.equal(list);
  });

  it('reads getters late and once', () => {
    let reads = 0;
    const lazy = xdr.struct({
      get a() {
        reads++;
        return xdr.int();
      },
    });
    expect(reads).to.equal(0);
    expect(lazy.fields[0]).to.equal(lazy.fields[0]);
    expect(reads).to.equal(1);
    const later = xdr.ref('later', () => xdr.struct({}));
    expect(later.target).to.equal(later.target);
  });

  it('gives an enum its frozen values', () => {
    expect(kind.values.DIR).to.equal(2);
    expect(Object.isFrozen(kind.values)).to.equal(true);
    expect(kind.members).to.deep.equal([
      ['FILE', 1],
      ['DIR', 2],
      ['LINK', 5],
    ]);
  });

  it('refuses what cannot be a type', () => {
    expect(() => xdr.opaque(-1)).to.throw(RangeError);
    expect(() => xdr.string(1.5)).to.throw(RangeError);
    expect(() => xdr.varArray(xdr.int(), 2 ** 32)).to.throw(RangeError);
    expect(() => xdr.enumeration({ A: 2 ** 31 })).to.throw(RangeError);
    expect(() => xdr.struct({ 1: xdr.int() })).to.throw(TypeError);
  });
});
