import { expect } from 'chai';
import {
  childElement,
  childElements,
  element,
  exactTextOf,
  isXmlSpace,
  textOf,
  withAttributes,
  withChild,
  withChildren,
  withFirst,
} from '../../../../server/virt/xml/element.ts';

const tree = element('a', { x: '1' }, [
  element('b', {}, [' one ']),
  element('c'),
  element('b', {}, ['two']),
  'text',
]);

describe('server/virt/xml/element', () => {
  it('looks into a tree', () => {
    expect(childElements(tree).map((e) => e.name)).to.deep.equal(['b', 'c', 'b']);
    expect(childElements(tree, 'b')).to.have.length(2);
    expect(textOf(childElement(tree, 'b'))).to.equal('one');
    expect(textOf(childElement(tree, 'c'))).to.equal('');
    expect(textOf(childElement(tree, 'nix'))).to.equal(undefined);
    expect(childElement(undefined, 'b')).to.equal(undefined);
    expect(childElement(tree, '__proto__')).to.equal(undefined);
  });

  it('takes only what XML calls white space for it', () => {
    for (const space of ['\u00a0', '\ufeff', '\u3000', '\u000b']) {
      expect(textOf(element('a', {}, [` \t${space}1\r\n`])), JSON.stringify(space)).to.equal(`${space}1`);
      expect(isXmlSpace(` ${space}`)).to.equal(false);
    }
    expect(isXmlSpace(' \t\r\n')).to.equal(true);
    expect(exactTextOf(element('a', {}, [' 1', element('b'), '2 ']))).to.equal(' 12 ');
    expect(exactTextOf(undefined)).to.equal(undefined);
  });

  it('changes copies only', () => {
    const changed = withAttributes(tree, { x: undefined, y: '2', ['__proto__']: 'p' });
    expect([...changed.attributes]).to.deep.equal([
      ['y', '2'],
      ['__proto__', 'p'],
    ]);
    expect([...tree.attributes]).to.deep.equal([['x', '1']]);
    const replaced = withChild(tree, element('b', {}, ['new']));
    expect(replaced.children).to.deep.equal([element('b', {}, ['new']), element('c'), 'text']);
    expect(withChild(tree, element('d')).children.at(-1)).to.deep.equal(element('d'));
    expect(tree.children).to.have.length(4);
    expect(withChildren(tree, []).children).to.deep.equal([]);
  });

  it('puts some in front and keeps the order of the others', () => {
    const names = withFirst(tree, ['c', 'missing']).children.map((c) => (typeof c === 'string' ? c : c.name));
    expect(names).to.deep.equal(['c', 'b', 'b', 'text']);
  });
});
