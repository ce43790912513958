import { expect } from 'chai';
import { fieldKind, type XdrType } from '../../../codec/xdr/index.ts';

const int: XdrType = { kind: 'integer', bits: 32, signed: true };
const point: XdrType = { kind: 'struct', name: 'point', fields: [{ name: 'x', type: int }] };
/** struct item { int key; item *next; }: a list */
const item: XdrType = {
  kind: 'struct',
  get fields() {
    return [
      { name: 'key', type: int },
      { name: 'next', type: { kind: 'optional', element: item } as XdrType },
    ];
  },
};
const array = (element: XdrType): XdrType => ({ kind: 'array', fixed: true, size: 2, element });

describe('fieldKind', () => {
  const cases: [string, XdrType][] = [
    ['boolean', { kind: 'bool' }],
    ['uint64', { kind: 'integer', bits: 64, signed: false }],
    ['int8', { kind: 'integer', bits: 8, signed: true }],
    ['float', { kind: 'float', bits: 32 }],
    ['double', { kind: 'float', bits: 64 }],
    ['bytes', { kind: 'float', bits: 128 }],
    ['bytes', { kind: 'opaque', fixed: true, size: 4 }],
    ['string', { kind: 'string', size: undefined }],
    ['int32', { kind: 'enum', members: [] }],
    ['int32', array(int)],
    ['none', array(array(int))],
    ['int32', { kind: 'optional', element: int }],
    ['none', { kind: 'optional', element: item }],
    ['none', { kind: 'ref', name: 'point', target: point }],
    ['none', { kind: 'void' }],
  ];
  for (const [kind, type] of cases) {
    it(`keeps ${type.kind === 'array' ? 'an array' : type.kind} as ${kind}`, () => {
      expect(fieldKind(type)).to.equal(kind);
    });
  }
});
