import { expect } from 'chai';
import { fieldTypes, type TypeNames, valueType } from '../../../codec/idl/typescript-types.ts';
import { parse } from './parse.ts';

const NAMES: TypeNames = { of: (name) => name, item: (struct) => `${struct.name}Item` };

/** The printed type of the only field of a struct. */
function printed(declaration: string, before = ''): string {
  const type = parse(`${before} struct s { ${declaration}; };`).types.get('s');
  if (type?.kind !== 'struct') throw new Error('no struct');
  return valueType(type.fields[0]!.type, NAMES);
}

describe('idl: TypeScript types', () => {
  const table: readonly (readonly [string, string])[] = [
    ['int x', 'number'],
    ['unsigned char x', 'number'],
    ['hyper x', 'bigint'],
    ['bool x', 'boolean'],
    ['float x', 'number'],
    ['quadruple x', 'Uint8Array'],
    ['opaque x[4]', 'Uint8Array'],
    ['string x<>', 'string'],
    ['int x<>', 'number[]'],
    ['int x[2][2]', 'number[][]'],
    ['int *x', 'number | null'],
    ['int *x<>', '(number | null)[]'],
    ['int **x', '{ "value": number | null } | null'],
    ['enum { A = 2, B = -1, C = 2 } x', '2 | -1'],
    ['struct { int a; string b<>; } x', '{ "a": number; "b": string; }'],
    ['struct { } x', 'object'],
    [
      'union switch (bool b) { case 1: int a; default: void; } x',
      '{ "b": true; "a": number; } | { "b": false; }',
    ],
    ['union switch (hyper h) { case 1: int a; } x', '{ "h": 1n; "a": number; }'],
    [
      'union switch (int d) { case 1: int d; default: int value; } x',
      '{ "d": 1; "value": number; } | { "d": number; "value": number; }',
    ],
    ['union switch (enum { P, Q } e) { case P: case Q: void; default: int never; } x', '{ "e": 0 | 1; }'],
  ];
  for (const [declaration, type] of table) {
    it(declaration, () => {
      expect(printed(declaration)).to.equal(type);
    });
  }

  it('of a list are its items', () => {
    expect(printed('n *x', 'struct n { int a; n *next; };')).to.equal('nItem[]');
    expect(printed('n x', 'typedef struct n *n_ptr; struct n { int a; n_ptr next; };')).to.equal('n');
  });

  it('print fields by quoted name', () => {
    const type = parse('struct s { int __proto__; bool class; };').types.get('s');
    expect(type?.kind === 'struct' && fieldTypes(type, NAMES)).to.deep.equal([
      '"__proto__": number;',
      '"class": boolean;',
    ]);
  });
});
