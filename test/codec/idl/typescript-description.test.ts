import { expect } from 'chai';
import { DescriptionPrinter } from '../../../codec/idl/typescript-description.ts';
import { parse } from './parse.ts';

/** Run what was printed, as JavaScript. */
function evaluate(source: string): { types: Map<string, unknown>; programs: readonly unknown[] } {
  const { types, programs } = parse(source);
  const text = new DescriptionPrinter(types, programs)
    .print(programs)
    .replace(/^export /gm, '')
    .replace(/(const \w+): [^=]*= /g, '$1 = ')
    .replace('new Map<string, XdrType>', 'new Map');
  return new Function(`${text}\nreturn { types, programs };`)();
}

describe('idl: TypeScript descriptions', () => {
  it('put every const behind what it is made of', () => {
    const { types } = evaluate(
      'struct a { int x; netobj y; b z; }; typedef int b; typedef netobj c; typedef b d;',
    );
    expect([...types.keys()]).to.deep.equal(['a', 'b', 'c', 'd']);
    const a = types.get('a') as { fields: { type: { target?: unknown } }[] };
    expect(a.fields[2]!.type.target).to.equal(types.get('b'));
    expect(types.get('d')).to.equal(a.fields[2]!.type);
    expect(a.fields[1]!.type).to.equal(types.get('c'));
  });

  it('link circles', () => {
    const { types } = evaluate('struct a { b *x; }; struct b { a y<>; };');
    const target = (value: unknown) => (value as { element: { target: unknown } }).element.target;
    const field = (value: unknown) => (value as { fields: { type: unknown }[] }).fields[0]!.type;
    expect(target(field(types.get('a')))).to.equal(types.get('b'));
    expect(target(field(types.get('b')))).to.equal(types.get('a'));
  });

  it('give what procedures take and give without a name a const, so that it gets a codec', () => {
    const { types, programs } = parse(
      'typedef int t; program P { version V { string F(t, hyper<>) = 1; } = 1; } = 1;',
    );
    const printer = new DescriptionPrinter(types, programs);
    expect(printer.roots.map((r) => r.kind)).to.deep.equal(['integer', 'array', 'struct', 'string']);
    expect(printer.expression(programs[0]!.versions[0]!.procedures[0]!.result)).to.match(/^call\d$/);
  });
});
