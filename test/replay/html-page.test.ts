import { expect } from 'chai';
import { cell, code, more, number, page, table } from '../../replay/html-page.ts';

const HOSTILE = '</td><script>alert(1)</script>&"';

describe('replay/html-page', () => {
  it('needs nothing else, and lets nothing else in', () => {
    const html = page('a <b>', ['<p>part</p>']);
    expect(html).to.match(/^<!doctype html>\n/);
    expect(html).to.contain("default-src 'none'");
    expect(html).to.contain('<title>a &lt;b&gt;</title>').and.to.contain('<h1>a &lt;b&gt;</h1>\n<p>part</p>');
    expect(html).not.to.match(/<script|<link|src=|https?:/);
  });

  it('escapes what is in a cell', () => {
    for (const made of [cell(HOSTILE), number(HOSTILE), code(HOSTILE)]) {
      expect(made).not.to.contain('<script');
      expect(made).to.contain('&lt;script&gt;');
    }
  });

  it('sets numbers apart, and says what a list leaves out', () => {
    const html = table('of it', ['name', '-count'], [[cell('a'), number('1')]]);
    expect(html).to.contain('<caption>of it</caption><tr><th>name</th><th class="n">count</th></tr>');
    expect(html).to.contain('<tr><td>a</td><td class="n">1</td></tr>');
    expect(more(3, 3, 'rows')).to.equal('');
    expect(more(5, 3, 'rows')).to.contain('and 2 rows more');
  });
});
