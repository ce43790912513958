import { expect } from 'chai';
import { emitJson } from '../../../codec/idl/index.ts';
import { parse } from './parse.ts';

describe('idl: JSON of the description', () => {
  it('holds constants, types and programs', () => {
    const source =
      'const A = 5; const B = 0xFFFFFFFFFFFFFFFF; const C = "t";' +
      'struct s { s *next; opaque o<A>; string p<>; };' +
      'union u switch (hyper h) { case -1: int a; default: void; };' +
      'program P { version V { s F(int, u) = 2; } = 3; } = 4;';
    expect(JSON.parse(emitJson(parse(source)))).to.deep.equal({
      file: 'f.x',
      constants: [
        { name: 'A', kind: 'integer', value: 5 },
        { name: 'B', kind: 'integer', value: '18446744073709551615' },
        { name: 'C', kind: 'string', value: 't' },
      ],
      types: [
        {
          name: 's',
          type: {
            kind: 'struct',
            name: 's',
            fields: [
              { name: 'next', type: { kind: 'optional', element: { kind: 'ref', name: 's' } } },
              { name: 'o', type: { kind: 'opaque', fixed: false, size: 5 } },
              { name: 'p', type: { kind: 'string' } },
            ],
          },
        },
        {
          name: 'u',
          type: {
            kind: 'union',
            name: 'u',
            discriminant: { name: 'h', type: { kind: 'integer', bits: 64, signed: true } },
            arms: [{ cases: ['-1'], name: 'a', type: { kind: 'integer', bits: 32, signed: true } }],
            default: { name: '', type: { kind: 'void' } },
          },
        },
      ],
      programs: [
        {
          name: 'P',
          number: 4,
          versions: [
            {
              name: 'V',
              number: 3,
              procedures: [
                {
                  name: 'F',
                  number: 2,
                  args: [
                    { kind: 'integer', bits: 32, signed: true },
                    { kind: 'ref', name: 'u' },
                  ],
                  argument: {
                    kind: 'struct',
                    fields: [
                      { name: 'arg1', type: { kind: 'integer', bits: 32, signed: true } },
                      { name: 'arg2', type: { kind: 'ref', name: 'u' } },
                    ],
                  },
                  result: { kind: 'ref', name: 's' },
                },
              ],
            },
          ],
        },
      ],
    });
  });
});
