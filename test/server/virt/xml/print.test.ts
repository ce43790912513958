import { expect } from 'chai';
import { element } from '../../../../server/virt/xml/element.ts';
import { printXml } from '../../../../server/virt/xml/print.ts';

describe('server/virt/xml/print', () => {
  it('lays out elements two spaces a level, text as it is', () => {
    const tree = element('domain', { type: 'test' }, [
      element('name', {}, ['a']),
      element('os', {}, [element('boot', { dev: 'hd' })]),
      element('description', {}, [' b ', element('i', { k: 'v' }, [element('j')]), ' c\n']),
    ]);
    expect(printXml(tree)).to.equal(`<domain type='test'>
  <name>a</name>
  <os>
    <boot dev='hd'/>
  </os>
  <description> b <i k='v'><j/></i> c
</description>
</domain>
`);
  });

  it('escapes what came from a peer', () => {
    const tree = element('a', { b: `'"<>&\n` }, ['</a><evil/>&amp;\r']);
    expect(printXml(tree)).to.equal(
      "<a b='&#39;&quot;&lt;&gt;&amp;&#10;'>&lt;/a&gt;&lt;evil/&gt;&amp;amp;&#13;</a>\n",
    );
  });
});
