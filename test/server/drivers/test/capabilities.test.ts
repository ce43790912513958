import { expect } from 'chai';
import { capabilitiesXml } from '../../../../server/drivers/test/capabilities.ts';
import { DEFAULT_CONFIGURATION } from '../../../../server/drivers/test/configuration.ts';
import { childElement, textOf } from '../../../../server/virt/xml/element.ts';
import { loadXmlParser } from '../../../../server/virt/xml/parse.ts';
import { uuidNumber } from '../../documents.ts';

describe('server/drivers/test/capabilities', () => {
  it('says what host this is and what it can run', async () => {
    const parse = await loadXmlParser();
    const root = parse(capabilitiesXml(DEFAULT_CONFIGURATION.node, uuidNumber(1)));
    const host = childElement(root, 'host');
    expect(textOf(childElement(host, 'uuid'))).to.equal(uuidNumber(1));
    expect(childElement(childElement(host, 'cpu'), 'topology')?.attributes.get('sockets')).to.equal('2');
    const arch = childElement(childElement(root, 'guest'), 'arch');
    expect(childElement(arch, 'domain')?.attributes.get('type')).to.equal('test');
  });
});
