import { expect } from 'chai';
import { annotateArguments, annotateResult } from '../../../codec/rpc/annotate-body.ts';
import type { DeclaredProcedure } from '../../../codec/rpc/declarations.ts';
import { type AnnotatedNode, xdr } from '../../../codec/xdr/index.ts';
import { hex } from '../bytes.ts';

const listing: DeclaredProcedure = {
  procedure: {
    name: 'LISTING',
    number: 2,
    args: [],
    argument: xdr.void(),
    result: xdr.union(['more', xdr.bool()], [xdr.arm([true], 'name', xdr.string(8)), xdr.arm([false])]),
  },
  declared: { repeats: { last: [0] } },
};

const relay: DeclaredProcedure = {
  procedure: {
    name: 'RELAY',
    number: 3,
    args: [],
    argument: xdr.struct({ prog: xdr.uint(), vers: xdr.uint(), proc: xdr.uint(), args: xdr.varOpaque() }),
    result: xdr.struct({ port: xdr.uint(), res: xdr.varOpaque() }),
  },
  declared: {
    innerCall: { program: 'prog', version: 'vers', procedure: 'proc', arguments: 'args', results: 'res' },
  },
};

const lookup = (program: number, _version: number, procedure: number) =>
  program === 7 ? [listing, relay].find((p) => p.procedure.number === procedure) : undefined;

/** name@off+len=value, children in parentheses. */
function show(node: AnnotatedNode): string {
  const value = typeof node.value === 'object' || node.value === undefined ? '' : `=${node.value}`;
  const inside = node.children?.map(show).join(' ');
  const refined = node.refined === undefined ? '' : `{${show(node.refined)}}`;
  const error = node.error === undefined ? '' : `!${node.error.code}`;
  return `${node.name}@${node.off}+${node.len}${value}${inside === undefined ? '' : `(${inside})`}${refined}${error}`;
}

describe('codec/rpc/annotate-body', () => {
  it('shows every element of a result that repeats', () => {
    const bytes = hex('ffffffff 00000001 00000001 61000000 00000000');
    const root = annotateResult(listing, bytes, 4, 20);
    expect(root.count).to.equal(2);
    expect(root.children?.map(show)).to.deep.equal([
      '[0]@4+12(more@4+4=true name@8+8=a)',
      '[1]@16+4(more@16+4=false)',
    ]);
    expect(root.error).to.equal(undefined);
  });

  it('shows the elements before a bad one, and where that is bad', () => {
    const bytes = hex('00000001 00000001 61000000 00000001 00000009');
    const root = annotateResult(listing, bytes, 0, 20);
    expect(root.error).to.include({ code: 'LIMIT' });
    expect(root.children?.[0]).to.include({ name: '[0]', off: 0, len: 12 });
    expect(root.children).to.have.length(2);
  });

  it('notes bytes behind the last element', () => {
    const root = annotateResult(listing, hex('00000000 00000000'), 0, 8);
    expect(root.children).to.have.length(1);
    expect(root.notes?.map((n) => n.code)).to.deep.equal(['TRAILING']);
  });

  it('hangs the arguments of an inner call on the bytes that hold them, at their own offsets', () => {
    const call = hex(`
      00 00 00 07 00 00 00 01 00 00 00 03   # RELAY
      00 00 00 14                           # its arguments: 20 bytes
      00 00 00 07 00 00 00 01 00 00 00 02   #   LISTING
      00 00 00 04                           #   its arguments: 4 bytes too many
      aa aa aa aa
    `);
    const args = annotateArguments(relay, call, 0, 36, { lookup }).children?.[3];
    expect(args?.refined).to.include({ off: 16, len: 20 });
    const inner = args?.refined?.children?.[3];
    expect(inner).to.include({ name: 'args', off: 28 });
    expect(inner?.refined?.notes?.map((n) => n.code)).to.deep.equal(['TRAILING']);
  });

  it('leaves an inner call that nobody knows as bytes', () => {
    const call = hex('00000008 00000001 00000003 00000000');
    expect(show(annotateArguments(relay, call, 0, 16, { lookup }))).not.to.include('{');
    expect(show(annotateArguments(relay, call, 0, 14, { lookup }))).to.include('!TRUNCATED');
  });

  it('hangs the results of an inner call on theirs', () => {
    const result = hex('00000801 00000004 00000000');
    const inner = { program: 7, version: 1, procedure: 2 };
    const res = annotateResult(relay, result, 0, 12, { lookup }, inner).children?.[1];
    expect(res?.refined).to.include({ off: 8, len: 4 });
    expect(annotateResult(relay, result, 0, 12, { lookup }).children?.[1]?.refined).to.equal(undefined);
  });
});
