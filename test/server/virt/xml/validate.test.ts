import { expect } from 'chai';
import { loadZod } from '../../../../codec/xdr/index.ts';
import { firstIssue, textThat } from '../../../../server/virt/xml/validate.ts';

describe('server/virt/xml/validate', () => {
  it('takes text with which nothing is wrong, and names what is', async () => {
    const z = await loadZod();
    const schema = z.object({ list: z.array(textThat(z, (text) => (text === 'bad' ? 'is bad' : null))) });
    expect(schema.safeParse({ list: ['good'] }).success).to.equal(true);
    const { error } = schema.safeParse({ list: ['good', 'bad', 'bad'] });
    if (error === undefined) throw new Error('accepted');
    expect(firstIssue('root', error)).to.include({ code: 'XML', message: 'XML error: root.list.1: is bad' });
  });
});
