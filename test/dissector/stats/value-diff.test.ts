import { expect } from 'chai';
import fc from 'fast-check';
import { valueDiff } from '../../../dissector/stats/value-diff.ts';

describe('dissector/stats/value-diff', () => {
  it('finds nothing between equal values, whatever they are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(valueDiff(value, JSON.parse(JSON.stringify(value)))).to.eql([]);
      }),
    );
  });

  it('names the place of each difference', () => {
    const a = { status: 'OK', list: [{ n: 1 }, { n: 2 }], gone: true, same: null };
    const b = { status: 'OK', list: [{ n: 1 }, { n: 3 }, { n: 4 }], same: null };
    expect(valueDiff(a, b, 'result')).to.eql([
      { path: 'result.list[1].n', a: '2', b: '3' },
      { path: 'result.list[2]', a: null, b: '{"n":4}' },
      { path: 'result.gone', a: 'true', b: null },
    ]);
    expect(valueDiff([], {}, 'x')).to.eql([{ path: 'x', a: '[]', b: '{}' }]);
    expect(valueDiff(null, { a: 1 })).to.eql([{ path: '', a: 'null', b: '{"a":1}' }]);
  });

  it('stops at its limit, cuts long values, and is not fooled by names of Object', () => {
    const many = Array.from({ length: 100 }, (_, i) => i);
    expect(valueDiff(many, [], '', 7)).to.have.length(7);
    expect(valueDiff('x'.repeat(1000), 1)[0]!.a).to.have.length(200);
    expect(valueDiff({}, JSON.parse('{"__proto__":1,"toString":2}'))).to.have.length(2);
  });
});
