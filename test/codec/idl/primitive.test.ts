import { expect } from 'chai';
import { fieldType, findings } from './parse.ts';

const integer = (bits: number, signed: boolean) => ({ kind: 'integer', bits, signed });

describe('idl: primitive types', () => {
  const table: readonly (readonly [string, unknown])[] = [
    ['int', integer(32, true)],
    ['unsigned int', integer(32, false)],
    ['unsigned', integer(32, false)],
    ['signed int', integer(32, true)],
    ['u_int', integer(32, false)],
    ['long', integer(32, true)],
    ['long int', integer(32, true)],
    ['unsigned long', integer(32, false)],
    ['unsigned long int', integer(32, false)],
    ['u_long', integer(32, false)],
    ['long long', integer(64, true)],
    ['unsigned long long', integer(64, false)],
    ['short', integer(16, true)],
    ['short int', integer(16, true)],
    ['unsigned short', integer(16, false)],
    ['u_short', integer(16, false)],
    ['char', integer(8, true)],
    ['unsigned char', integer(8, false)],
    ['u_char', integer(8, false)],
    ['hyper', integer(64, true)],
    ['unsigned hyper', integer(64, false)],
    ['u_hyper', integer(64, false)],
    ['int8_t', integer(8, true)],
    ['uint8_t', integer(8, false)],
    ['int16_t', integer(16, true)],
    ['uint16_t', integer(16, false)],
    ['int32_t', integer(32, true)],
    ['uint32_t', integer(32, false)],
    ['int64_t', integer(64, true)],
    ['uint64_t', integer(64, false)],
    ['u_int64_t', integer(64, false)],
    ['quad_t', integer(64, true)],
    ['u_quad_t', integer(64, false)],
    ['longlong_t', integer(64, true)],
    ['u_longlong_t', integer(64, false)],
    ['bool', { kind: 'bool' }],
    ['bool_t', { kind: 'bool' }],
    ['float', { kind: 'float', bits: 32 }],
    ['double', { kind: 'float', bits: 64 }],
    ['quadruple', { kind: 'float', bits: 128 }],
    ['long double', { kind: 'float', bits: 128 }],
    ['string', { kind: 'string' }],
    ['utf8string', { kind: 'string' }],
    ['opaque', { kind: 'opaque', fixed: false }],
  ];
  for (const [words, type] of table) {
    it(words, () => {
      expect(fieldType(`${words} x`)).to.deep.equal(type);
    });
  }

  it('are names where a name must follow', () => {
    for (const name of [
      'hyper',
      'char',
      'int',
      'long',
      'program',
      'version',
      'string',
      'opaque',
      'struct',
      'void',
    ]) {
      expect(findings(`struct s { unsigned ${name}; };`), name).to.deep.equal([]);
    }
  });

  it('from headers give way to a definition of the same name', () => {
    expect(fieldType('uint32_t x', 'typedef hyper uint32_t;')).to.equal('ref uint32_t');
    expect(fieldType('utf8string x', 'typedef opaque utf8string<>;')).to.equal('ref utf8string');
    expect(fieldType('netobj x', 'struct netobj { int a; };')).to.equal('ref netobj');
  });

  it('are only those', () => {
    expect(findings('struct s { int int x; };')).to.deep.equal(["f.x:1:20: expected ';', found 'x'"]);
    expect(findings('struct s { hyper long x; };')).to.deep.equal(["f.x:1:23: expected ';', found 'x'"]);
  });
});
