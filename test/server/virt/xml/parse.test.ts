import { expect } from 'chai';
import fc from 'fast-check';
import { isDriverError } from '../../../../server/drivers/error.ts';
import { element, type XmlElement } from '../../../../server/virt/xml/element.ts';
import { loadXmlParser, XML_LIMITS, type XmlParser } from '../../../../server/virt/xml/parse.ts';
import { printXml } from '../../../../server/virt/xml/print.ts';

function refused(parse: XmlParser, text: string): string {
  try {
    parse(text);
  } catch (e) {
    if (!isDriverError(e)) throw e;
    expect(e.code).to.equal('XML');
    return e.message;
  }
  throw new Error(`accepted: ${text.slice(0, 80)}`);
}

describe('server/virt/xml/parse', () => {
  let parse: XmlParser;

  before(async () => {
    parse = await loadXmlParser();
  });

  it('gives the tree, without comments and white space between elements', () => {
    const text = `<?xml version="1.0" encoding="UTF-8"?>
      <!-- a comment -->
      <a x="1" y='two &amp; &#x41;'>
        <b>text &lt; <![CDATA[<raw> & ]]>more</b>
        <x:c xmlns:x="urn:x"/>
        <d>  </d>
      </a>`;
    expect(parse(text)).to.deep.equal(
      element('a', { x: '1', y: 'two & A' }, [
        element('b', {}, ['text < <raw> & more']),
        element('x:c', { 'xmlns:x': 'urn:x' }),
        element('d'),
      ]),
    );
  });

  it('takes attributes whose values look like more of them', () => {
    const text = `<a b = "c='1' d=" e='f="2" > &lt;'>x="y" z="<b/>"</a>`;
    expect([...parse(text).attributes]).to.deep.equal([
      ['b', "c='1' d="],
      ['e', 'f="2" > <'],
    ]);
  });

  it('keeps text beside elements as it is', () => {
    expect(parse('<a> one <b/> two </a>').children).to.deep.equal([' one ', element('b'), ' two ']);
  });

  it('refuses DOCTYPE, entities and processing instructions, however they come', () => {
    expect(refused(parse, '<!DOCTYPE a><a/>')).to.contain('DOCTYPE');
    expect(refused(parse, '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')).to.contain('DOCTYPE');
    expect(refused(parse, '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>')).to.contain(
      'DOCTYPE',
    );
    expect(refused(parse, '<a><!DOCTYPE a></a>')).to.match(/DOCTYPE|doctype/i);
    expect(refused(parse, '<a><!ENTITY e "x"></a>')).to.match(/XML error: line 1/);
    expect(refused(parse, '<a>&e;</a>')).to.match(/entity/i);
    expect(refused(parse, '<a>&nbsp;</a>')).to.match(/entity/i);
    expect(refused(parse, '<a b="&eacute;"/>')).to.match(/entity/i);
    expect(refused(parse, '<?xml-stylesheet href="x"?><a/>')).to.contain('processing instructions');
    expect(refused(parse, '<a><?php evil ?></a>')).to.contain('processing instructions');
    expect(refused(parse, '<a><?xml version="1.0"?></a>')).to.contain('processing instructions');
    const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join(
      '',
    );
    expect(refused(parse, `<!DOCTYPE l [<!ENTITY l0 "lol">${laughs}]><l>&l9;</l>`)).to.contain('DOCTYPE');
  });

  it('takes a declaration of XML 1.0 in UTF-8, at the start', () => {
    for (const body of [
      'version="1.0"',
      "version='1.0' encoding='utf-8'",
      'version = "1.0" encoding="UTF-8" standalone="yes" ',
      "version='1.0' standalone='no'",
    ]) {
      expect(parse(`<?xml ${body}?><a/>`), body).to.deep.equal(element('a'));
    }
    expect(parse('\ufeff<?xml version="1.0"?>\n<a/>')).to.deep.equal(element('a'));
  });

  it('refuses any other declaration', () => {
    for (const [text, why] of [
      ['<?xml version="1.1"?><a/>', 'version "1.1" is not read'],
      ['<?xml version="2.0"?><a/>', 'version "2.0" is not read'],
      ['<?xml version=""?><a/>', 'version "" is not read'],
      ['<?xml version="1.0" encoding="ISO-8859-1"?><a/>', 'encoding "ISO-8859-1" is not read'],
      ['<?xml version="1.0" encoding="UTF-16"?><a/>', 'encoding "UTF-16" is not read'],
      ["<?xml version='1.0' encoding=''?><a/>", 'encoding "" is not read'],
      ['<?xml?><a/>', 'not at the start'],
      ['<?xml ?><a/>', 'not well-formed'],
      ['<?xml encoding="UTF-8"?><a/>', 'not well-formed'],
      ['<?xml encoding="UTF-8" version="1.0"?><a/>', 'not well-formed'],
      ['<?xml version="1.0" standalone="maybe"?><a/>', 'not well-formed'],
      ['<?xml version="1.0"encoding="UTF-8"?><a/>', 'not well-formed'],
      ['<?xml version="1.0" encoding="UTF-8\'?><a/>', 'not well-formed'],
      ['\n<?xml version="1.0"?><a/>', 'not at the start'],
      ['<!-- first --><?xml version="1.0"?><a/>', 'not at the start'],
      ['<?xml version="1.0"?><?xml version="1.0"?><a/>', 'processing instructions'],
    ] as const) {
      expect(refused(parse, text), text).to.contain(why);
    }
  });

  it('refuses what is not well-formed, and what XML forbids', () => {
    for (const text of [
      '',
      ' ',
      'text',
      '<a>',
      '<a></b>',
      '<a/><b/>',
      '<a/>text',
      '<a b=c/>',
      '<a b/>',
      '<a',
      '<>',
      '<a>&#0;</a>',
      '<a>&#x1b;</a>',
      '<a>&#xffff;</a>',
      '<a>&#xd800;</a>',
      '<a>\u0000</a>',
      '<a>\u001b</a>',
      '<a>\ud800</a>',
      '<a>&amp</a>',
      '<a>& b</a>',
      '<a><![CDATA[x</a>',
      '<!-- x',
      '<a b="1" b="2"/>',
      `<a b='1' c='="' b='1'/>`,
      '<a b="<"/>',
    ])
      expect(refused(parse, text), JSON.stringify(text)).to.match(/^XML error: /);
  });

  it('holds its limits: at each, and one beyond', () => {
    const depth = (n: number): string => '<a>'.repeat(n) + '</a>'.repeat(n);
    expect(() => parse(depth(XML_LIMITS.depth))).not.to.throw();
    expect(refused(parse, depth(XML_LIMITS.depth + 1))).to.contain('64 levels');
    const elements = (n: number): string => `<a>${'<b/>'.repeat(n - 1)}</a>`;
    expect(parse(elements(XML_LIMITS.elements)).children).to.have.length(XML_LIMITS.elements - 1);
    expect(refused(parse, elements(XML_LIMITS.elements + 1))).to.contain('16384 elements');
    const attributes = (n: number): string =>
      `<a ${Array.from({ length: n }, (_, i) => `a${i}=""`).join(' ')}/>`;
    expect(parse(attributes(XML_LIMITS.attributes)).attributes.size).to.equal(XML_LIMITS.attributes);
    expect(refused(parse, attributes(XML_LIMITS.attributes + 1))).to.contain('256 attributes');
    const bytes = (n: number): string => `<a>${'x'.repeat(n - 7)}</a>`;
    expect(parse(bytes(XML_LIMITS.bytes)).children.join('')).to.have.length(XML_LIMITS.bytes - 7);
    expect(refused(parse, bytes(XML_LIMITS.bytes + 1))).to.contain('262144');
    expect(refused(parse, `<a>${'é'.repeat(131_070)}</a>`)).to.contain('262147 bytes');
  });

  it('stops at once where it becomes too much', () => {
    const started = performance.now();
    refused(parse, '<a>'.repeat(87_381));
    refused(parse, `<a b="${'x'.repeat(262_000)}"`);
    refused(parse, `<a>${'<b>'.repeat(60_000)}`);
    refused(parse, '<!DOCTYPE '.padEnd(262_000, '['));
    refused(parse, `<a>${'&#65'.repeat(60_000)}</a>`);
    expect(performance.now() - started).to.be.lessThan(2000);
  });

  it('reads what print writes, for any tree', () => {
    const name = fc.constantFrom('a', 'b', 'x:y', '__proto__', 'constructor', 'é');
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((s) => s.trim() !== '' && !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(s));
    const { tree } = fc.letrec<{ tree: XmlElement }>((tie) => ({
      tree: fc
        .record({
          name,
          attributes: fc.array(fc.tuple(name, text), { maxLength: 3 }),
          children: fc.oneof(
            { depthSize: 'small' },
            fc.constant([]),
            text.map((one) => [one]),
            fc.array(tie('tree'), { maxLength: 3 }),
            fc.tuple(text, tie('tree'), text).map((three) => [...three]),
          ),
        })
        .map((r) => ({
          name: r.name,
          attributes: new Map(r.attributes),
          children: r.children as XmlElement[],
        })),
    }));
    fc.assert(
      fc.property(tree, (one) => {
        const printed = printXml(one);
        expect(parse(printed)).to.deep.equal(one);
        expect(printXml(parse(printed))).to.equal(printed);
      }),
      { numRuns: 200 },
    );
  });
});
