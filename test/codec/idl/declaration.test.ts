import { expect } from 'chai';
import { fieldType } from './parse.ts';

const INT = { kind: 'integer', bits: 32, signed: true };
const array = (element: unknown, size?: number) => ({
  kind: 'array',
  fixed: false,
  ...(size === undefined ? {} : { size }),
  element,
});
const fixed = (element: unknown, size: number) => ({ kind: 'array', fixed: true, size, element });
const optional = (element: unknown) => ({ kind: 'optional', element });
const string = (size?: number) => ({ kind: 'string', ...(size === undefined ? {} : { size }) });
const opaque = (isFixed: boolean, size?: number) => ({
  kind: 'opaque',
  fixed: isFixed,
  ...(size === undefined ? {} : { size }),
});

describe('idl: declarations', () => {
  const table: readonly (readonly [string, unknown])[] = [
    ['int x', INT],
    ['int x[3]', fixed(INT, 3)],
    ['int x<3>', array(INT, 3)],
    ['int x<>', array(INT)],
    ['int *x', optional(INT)],
    ['int **x', optional(optional(INT))],
    ['int *x<>', array(optional(INT))],
    ['int *x[2]', fixed(optional(INT), 2)],
    ['int x[2][3]', fixed(fixed(INT, 3), 2)],
    ['int x<2><3>', array(array(INT, 3), 2)],
    ['string x', string()],
    ['string x<>', string()],
    ['string x<8>', string(8)],
    ['string x[8]', string(8)],
    ['string x<2><8>', array(string(8), 2)],
    ['string *x<8>', optional(string(8))],
    ['opaque x', opaque(false)],
    ['opaque x<>', opaque(false)],
    ['opaque x<8>', opaque(false, 8)],
    ['opaque x[8]', opaque(true, 8)],
    ['opaque x[2][8]', fixed(opaque(true, 8), 2)],
    ['struct t x', 'ref t'],
    ['struct t *x', optional('ref t')],
    ['t x<1>', array('ref t', 1)],
    [
      'enum { A = 3, B } x',
      {
        kind: 'enum',
        members: [
          ['A', 3],
          ['B', 4],
        ],
      },
    ],
    ['struct { int y; } x', { kind: 'struct', fields: [{ name: 'y', type: INT }] }],
    [
      'union switch (int d) { case 0: int y; default: void; } x',
      {
        kind: 'union',
        discriminant: { name: 'd', type: INT },
        arms: [{ cases: [0], name: 'y', type: INT }],
        default: { name: '', type: { kind: 'void' } },
      },
    ],
    ['struct inner { int y; } x', 'ref inner'],
    ['enum inner { A } x', 'ref inner'],
    ['union inner switch (bool b) { case 1: void; } x', 'ref inner'],
  ];
  for (const [declaration, type] of table) {
    it(declaration, () => {
      expect(fieldType(declaration, 'struct t { int a; };')).to.deep.equal(type);
    });
  }
});
