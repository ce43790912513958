import { expect } from 'chai';
import fc from 'fast-check';
import {
  formatName,
  parseDistinguishedName,
  parseSubject,
  sameName,
} from '../../transport/distinguished-name.ts';

describe('distinguished-name', () => {
  it('reads what Node gives of a certificate', () => {
    expect(parseSubject('C=GB\nO=Oncilla\\, Inc\nCN=a\\+b + OU=c\\0Ad')).to.deep.equal([
      ['C', 'GB'],
      ['O', 'Oncilla, Inc'],
      ['CN', 'a+b'],
      ['+OU', 'c\nd'],
    ]);
    expect(parseSubject('')).to.deep.equal([]);
  });

  it('reads what people write', () => {
    const expected = [
      ['C', 'GB'],
      ['O', 'Oncilla, Inc'],
      ['CN', 'zoë '],
    ];
    expect(parseDistinguishedName('C=GB, O=Oncilla\\, Inc , CN=zo\\c3\\ab\\ ')).to.deep.equal(expected);
    expect(parseDistinguishedName('C=GB,O="Oncilla, Inc",CN=zoë\\20')).to.deep.equal(expected);
  });

  for (const bad of ['', 'alice', '=x', 'CN=a,', 'CN="a', 'CN=a\\', 'C N=a', 'CN=a,,O=b']) {
    it(`refuses ${JSON.stringify(bad)}`, () => {
      expect(() => parseDistinguishedName(bad)).to.throw('is no distinguished name');
    });
  }

  it('compares whole names, attributes by meaning, values by their bytes', () => {
    const same = (a: string, b: string): boolean =>
      sameName(parseDistinguishedName(a), parseDistinguishedName(b));
    expect(same('C=GB,CN=a', 'c=GB, cn=a')).to.equal(true);
    expect(same('emailAddress=a,UID=b', 'E=a,userId=b')).to.equal(true);
    for (const [a, b] of [
      ['CN=a', 'CN=A'],
      ['CN=a', 'C=GB,CN=a'],
      ['C=GB,CN=a', 'CN=a'],
      ['C=GB,CN=a', 'CN=a,C=GB'],
      ['CN=a,OU=b', 'CN=a+OU=b'],
      ['CN=a\\,OU=b', 'CN=a,OU=b'],
      ['CN=a\\ ', 'CN=a'],
    ] as const)
      expect(same(a, b), `${a} and ${b}`).to.equal(false);
  });

  it('reads back what it writes', () => {
    const attribute = fc.constantFrom('CN', 'O', '1.2.3');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(attribute, fc.string({ unit: 'grapheme' })), { minLength: 1, maxLength: 4 }),
        (pairs) => {
          const name = pairs.map(([a, value], i) => [i === 1 ? `+${a}` : a, value] as const);
          expect(parseDistinguishedName(formatName(name))).to.deep.equal(name);
        },
      ),
    );
  });
});
