import { expect } from 'chai';
import { Identifiers } from '../../../codec/idl/typescript-names.ts';

describe('idl: TypeScript names', () => {
  it('keep what means nothing, once', () => {
    const names = new Identifiers(['Reader']);
    expect(names.claim('mount')).to.equal('mount');
    expect(names.claim('mount')).to.equal('mount_');
    expect(names.claim('Reader')).to.equal('Reader_');
    expect(names.claim('a::b')).to.equal('a__b');
  });

  it('step aside for the language, its globals and the module itself', () => {
    const names = new Identifiers([]);
    for (const name of [
      'class',
      'any',
      'Uint8Array',
      '__proto__',
      'types',
      'type12',
      'ref0',
      'call3',
      'r0',
      'w7',
      'codecOf',
    ]) {
      expect(names.claim(name), name).to.equal(`${name}_`);
    }
    for (const name of ['typed', 'r', 'w', 'reference', 'call'])
      expect(names.claim(name), name).to.equal(name);
  });
});
