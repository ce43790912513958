import { expect } from 'chai';
import { interfaceNameProblem, nameProblem } from '../../../../server/virt/xml/names.ts';

describe('server/virt/xml/names', () => {
  it('takes what people call their machines', () => {
    for (const name of [
      'a',
      'web-01.example',
      'Über größe',
      '日本',
      'a b',
      '...',
      '.hidden',
      'x'.repeat(255),
      'é'.repeat(127),
    ])
      expect(nameProblem(name), name).to.equal(null);
  });

  it('refuses what looks like a path, is no text, or is too long', () => {
    for (const name of [
      '',
      '   ',
      '.',
      '..',
      '../../x',
      '/etc/passwd',
      'a/b',
      'a\0b',
      'a\nb',
      '\u001b[2J',
      '\u0085',
      '\u2028',
      '\ud800',
      'x'.repeat(256),
      'é'.repeat(128),
    ])
      expect(nameProblem(name), JSON.stringify(name)).to.be.a('string');
  });

  it('knows what Linux lets an interface be called', () => {
    for (const name of ['virbr0', 'br-lan.1', 'a_b', 'x'.repeat(15)])
      expect(interfaceNameProblem(name)).to.equal(null);
    for (const name of ['', '.', '..', 'a b', 'a/b', 'x'.repeat(16), 'bör', 'a\0', '$(id)', '-x'])
      expect(interfaceNameProblem(name), name).to.be.a('string');
  });
});
