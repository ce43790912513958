import { expect } from 'chai';
import fc from 'fast-check';
import { type AnnotatedNode, annotate } from '../../../codec/xdr/annotate.ts';
import { decode, encode, isXdrError, xdr } from '../../../codec/xdr/index.ts';
import { randomValue, rngOf } from '../../../codec/xdr/random.ts';
import { refinementsOf } from '../../../codec/xdr/refine.ts';
import { fixedSize } from '../../../codec/xdr/shape.ts';
import type { XdrType } from '../../../codec/xdr/types.ts';
import { randomType } from './arbitrary.ts';

const seeds = fc.integer({ min: 0, max: 0x7fffffff });

/** Children lie in their parent, in order and without overlap; leaves have no children. */
function checkRanges(node: AnnotatedNode): void {
  let at = node.off;
  for (const child of node.children ?? []) {
    expect(child.off).to.be.at.least(at);
    at = child.off + child.len;
    expect(at).to.be.at.most(node.off + node.len);
    expect(node.value).to.equal(undefined);
    checkRanges(child);
  }
}

describe('annotate', () => {
  const entry = xdr.struct(
    {
      name: xdr.string(20),
      get next() {
        return xdr.optional(entry);
      },
    },
    'entry',
  );
  const reply = xdr.struct(
    {
      ok: xdr.bool(),
      ids: xdr.varArray(xdr.uint()),
      entries: xdr.optional(entry),
      body: xdr.union(['kind', xdr.int()], [xdr.arm([1], 'data', xdr.varOpaque())], xdr.otherwise()),
    },
    'reply',
  );
  const bytes = Buffer.from(
    [
      '00000001', // ok
      '00000002 00000007 00000008', // ids
      '00000001 00000002 61620000', // an entry, 'ab'
      '00000001 00000001 63000000', // an entry, 'c'
      '00000000', // end of the list
      '00000001 00000003 010203 00', // body: kind 1, three bytes
    ]
      .join('')
      .replaceAll(' ', ''),
    'hex',
  );

  it('says which bytes are what', () => {
    const root = annotate(reply, bytes);
    expect([root.name, root.off, root.len, root.error]).to.deep.equal(['reply', 0, bytes.length, undefined]);
    const shown = root.children?.map((c) => [c.name, c.off, c.len, c.value, c.count]);
    expect(shown).to.deep.equal([
      ['ok', 0, 4, true, undefined],
      ['ids', 4, 12, undefined, 2],
      ['entries', 16, 28, undefined, 2],
      ['body', 44, 12, undefined, undefined],
    ]);
    const [, ids, entries, body] = root.children ?? [];
    expect(entries?.children?.map((c) => [c.name, c.off, c.len])).to.deep.equal([
      ['[0]', 20, 8],
      ['[1]', 32, 8],
    ]);
    expect(body?.children?.map((c) => [c.name, c.off, c.len])).to.deep.equal([
      ['kind', 44, 4],
      ['data', 48, 8],
    ]);
    expect(ids?.children).to.equal(undefined);
    expect(ids?.expand?.().map((c) => [c.name, c.off, c.len, c.value])).to.deep.equal([
      ['[0]', 8, 4, 7],
      ['[1]', 12, 4, 8],
    ]);
    expect(ids?.expand?.(1, 99).map((c) => c.value)).to.deep.equal([8]);
  });

  it('keeps what came before an error', () => {
    const root = annotate(reply, bytes, 0, 26);
    expect(root.error).to.include({ code: 'TRUNCATED', offset: 20, path: 'entries[0].name' });
    const entries = root.children?.[2];
    expect(root.children).to.have.length(3);
    const failed = entries?.children?.[0]?.children?.[0];
    expect(failed?.error).to.equal(root.error);
    expect([failed?.off, failed?.len]).to.deep.equal([20, 6]);
  });

  it('accepts and notes what strict decoding refuses', () => {
    const bad = Buffer.from(bytes);
    bad[3] = 2; // a boolean of 2
    bad[bytes.length - 1] = 9; // padding
    const root = annotate(reply, Buffer.concat([bad, Buffer.alloc(4)]));
    expect(root.error).to.equal(undefined);
    expect(root.notes).to.deep.equal([{ code: 'TRAILING', offset: bytes.length, path: '' }]);
    expect(root.children?.[0]?.notes?.map((n) => n.code)).to.deep.equal(['BAD_BOOL']);
    const data = root.children?.[3]?.children?.[1];
    expect(data?.notes).to.deep.equal([{ code: 'BAD_PADDING', offset: bytes.length - 1, path: 'body.data' }]);
    const strict = annotate(reply, bad, 0, bad.length, { lenient: false });
    expect(strict.error).to.include({ code: 'BAD_BOOL', offset: 0, path: 'ok' });
  });

  it('stops at the node budget', () => {
    const many = xdr.varArray(xdr.string());
    const root = annotate(many, encode(many, Array(50).fill('x')), 0, undefined, { nodes: 11 });
    expect(root.children).to.have.length(10);
    expect(root).to.include({ more: true, count: 50, len: 404 });
    const notMore = annotate(many, encode(many, Array(10).fill('x')), 0, undefined, { nodes: 11 });
    expect(notMore.more).to.equal(undefined);
  });

  it('opens an opaque by a refinement', () => {
    const attributes = xdr.struct({ mask: xdr.varArray(xdr.uint()), values: xdr.varOpaque() });
    const refinements = refinementsOf([
      {
        within: attributes,
        field: 'values',
        by: {
          kind: 'bitmap',
          on: 'mask',
          fields: new Map([
            [1, { name: 'type', type: xdr.int() }],
            [33, { name: 'owner', type: xdr.string() }],
          ]),
        },
      },
    ]);
    const inner = encode(xdr.struct({ type: xdr.int(), owner: xdr.string() }), { type: 5, owner: 'me' });
    const message = encode(attributes, { mask: [2, 2], values: inner });
    const refined = annotate(attributes, message, 0, undefined, { refinements }).children?.[1]?.refined;
    expect(refined?.children?.map((c) => [c.name, c.off, c.len, c.value])).to.deep.equal([
      ['type', 16, 4, 5],
      ['owner', 20, 8, 'me'],
    ]);
    const cut = encode(attributes, { mask: [2, 2], values: inner.subarray(0, 6) });
    const partial = annotate(attributes, cut, 0, undefined, { refinements });
    expect(partial.error).to.equal(undefined);
    expect(partial.children?.[1]?.refined?.error).to.include({ code: 'TRUNCATED', offset: 20 });
    const none = encode(attributes, { mask: [], values: new Uint8Array(0) });
    const empty = annotate(attributes, none, 0, undefined, { refinements }).children?.[1]?.refined;
    expect(empty).to.include({ off: 8, len: 0 });
  });

  it('covers any value, and fails where decode fails', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = rngOf(seed);
        const type = randomType(rng);
        const message = encode(type, randomValue(type, rng));
        const root = annotate(type, message);
        expect([root.off, root.len, root.error]).to.deep.equal([0, message.length, undefined]);
        checkRanges(root);
        if (message.length === 0) return;
        message[rng() % message.length] = rng();
        const cut = message.subarray(0, rng() % (message.length + 1));
        const damaged = annotate(type, cut);
        checkRanges(damaged);
        let error: unknown;
        try {
          decode(type, cut, { lenient: true });
        } catch (thrown) {
          error = thrown;
        }
        if (!isXdrError(error)) expect(damaged.error).to.equal(undefined);
        else expect(damaged.error).to.include({ code: error.code, offset: error.offset, path: error.path });
      }),
      { numRuns: 300 },
    );
  });

  it('expands to the elements of any array of fixed size', () => {
    const element = xdr.struct({ a: xdr.hyper(), b: xdr.opaque(3) });
    const type = xdr.array(element, 3);
    const values = [1n, 2n, 3n].map((a) => ({ a, b: new Uint8Array(3) }));
    const nodes = annotate(type, encode(type, values)).expand?.() ?? [];
    expect(nodes.map((node) => node.off)).to.deep.equal([0, 12, 24]);
    expect(nodes.every((node) => node.len === fixedSize(element))).to.equal(true);
    expect(nodes[2]?.children?.[0]).to.include({ name: 'a', value: 3n, off: 24 });
  });

  it('ends where optionals hold nothing but each other', () => {
    const one: XdrType = xdr.optional(xdr.ref('two', (): XdrType => two));
    const two: XdrType = xdr.optional(xdr.ref('one', (): XdrType => one));
    const root = annotate(one, encode(one, { value: { value: null } }));
    expect([root.len, root.error]).to.deep.equal([12, undefined]);
    expect(root.children?.[0]?.children?.[0]?.value).to.equal(null);
  });
});
