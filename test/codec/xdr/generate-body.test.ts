import { expect } from 'chai';
import { Body, literal, literalKey, quoted } from '../../../codec/xdr/generate-body.ts';

function newBody(): Body {
  return new Body(new Set(), false, (body, size) => body.failIf(`p + ${size} > e`));
}

describe('generated text', () => {
  it('quotes any name', () => {
    for (const name of ['a', 'a"b', '\u2028', '\u2029', '</script>', '\\', '\n', '\ud800']) {
      const text = quoted(name);
      expect(text).to.match(/^"[\x20-\x7e]*"$/);
      expect(new Function(`return ${text}`)()).to.equal(name);
    }
    expect(Object.keys(new Function(`return { ${literalKey('__proto__')}: 1 }`)())).to.deep.equal([
      '__proto__',
    ]);
  });

  it('prints integers only', () => {
    expect([literal(-5), literal(0), literal(5n)]).to.deep.equal(['-5', '0', '5n']);
    for (const bad of [1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])
      expect(() => literal(bad)).to.throw(TypeError);
  });
});

describe('Body', () => {
  it('fetches the view anew only where it is used, and inside what closes behind it', () => {
    const lines = (uses: boolean) => {
      const body = newBody();
      body.emitReload('if (full) { grow();', ' }');
      body.emitReload('call();');
      if (uses) body.emit(`${body.view()}.setInt32(p, 1);`);
      return body.finished().map((line) => line.trim());
    };
    expect(lines(false)).to.deep.equal(['if (full) { grow(); }', 'call();']);
    expect(lines(true).slice(0, 2)).to.deep.equal(['if (full) { grow(); v = w.v; }', 'call(); v = w.v;']);
  });

  it('checks once for a run of fixed parts', () => {
    const body = newBody();
    body.ensure(12);
    expect([body.take(4), body.take(8)]).to.deep.equal(['p', 'p + 4']);
    expect(body.take(4)).to.equal('p');
    expect(body.lines.map((line) => line.trim())).to.deep.equal([
      'if (p + 12 > e) fail();',
      'p += 12;',
      'if (p + 4 > e) fail();',
    ]);
    expect([...body.helpers]).to.deep.equal(['fail']);
  });

  it('numbers its locals and indents its blocks', () => {
    const body = newBody();
    body.open('{');
    expect(body.keep('1')).to.equal('t0');
    expect(body.local()).to.equal('t1');
    body.close();
    expect(body.lines).to.deep.equal(['  {', '    const t0 = 1;', '  }']);
    expect(body.as('any')).to.equal('');
  });
});
