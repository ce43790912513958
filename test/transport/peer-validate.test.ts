import { expect } from 'chai';
import { loadZod, xdr } from '../../codec/xdr/index.ts';
import { checkAgainstSchema, explainRefusal } from '../../transport/peer-validate.ts';

const type = xdr.struct({ name: xdr.string(4), list: xdr.varArray(xdr.int(), 32) });

describe('transport: values handed over', () => {
  it('are explained by field, with the refusal as the cause', async () => {
    const refusal = new Error('refused');
    const error = await explainRefusal('arguments of F', type, { name: 5, list: [1, 'x'] }, refusal);
    expect(error.code).to.equal('BAD_VALUE');
    expect(error.message).to.match(/^arguments of F: /);
    expect(error.message).to.include('name: ').and.include('list.1: ');
    expect(error.cause).to.equal(refusal);
  });

  it('are explained by the refusal where the schema has nothing to say', async () => {
    const error = await explainRefusal('result', type, { name: 'a', list: [] }, new Error('no room'));
    expect(error.message).to.equal('result: no room');
  });

  it('name only so many issues', async () => {
    const list = Array<string>(20).fill('x');
    const error = await explainRefusal('r', type, { name: 'a', list }, null);
    expect(error.message).to.match(/; and 12 more$/);
  });

  it('are checked', async () => {
    await loadZod();
    expect(() => checkAgainstSchema('r', type, { name: 'a', list: [] })).not.to.throw();
    expect(() => checkAgainstSchema('r', type, {}))
      .to.throw('r: ')
      .with.property('code', 'BAD_VALUE');
  });
});
