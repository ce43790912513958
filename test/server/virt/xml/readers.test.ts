import { expect } from 'chai';
import { loadXmlReaders } from '../../../../server/virt/xml/readers.ts';
import { domainText, networkText } from '../../documents.ts';

describe('server/virt/xml/readers', () => {
  it('reads both kinds, and takes neither for the other', async () => {
    const readers = await loadXmlReaders();
    expect(readers.domain(domainText('d')).name).to.equal('d');
    expect(readers.network(networkText('n')).name).to.equal('n');
    expect(() => readers.domain(networkText('n'))).to.throw('<domain> is expected');
    expect(() => readers.network(domainText('d'))).to.throw('<network> is expected');
  });
});
