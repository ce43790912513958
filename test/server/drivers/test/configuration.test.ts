import { expect } from 'chai';
import { DEFAULT_CONFIGURATION, readConfiguration } from '../../../../server/drivers/test/configuration.ts';
import { loadXmlReaders, type XmlReaders } from '../../../../server/virt/xml/readers.ts';
import { domainText, networkText } from '../../documents.ts';

describe('server/drivers/test/configuration', () => {
  let xml: XmlReaders;

  before(async () => {
    xml = await loadXmlReaders();
  });

  it('begins with one domain and one network', () => {
    expect(DEFAULT_CONFIGURATION.domains.map((one) => xml.domain(one.xml).name)).to.deep.equal(['test']);
    expect(DEFAULT_CONFIGURATION.networks.map((one) => xml.network(one.xml))[0]).to.include({
      name: 'default',
      bridge: 'virbr0',
    });
  });

  it("reads an operator's file: domains, networks, their states, the node", () => {
    const state = (n: number): string => `<test:runstate xmlns:test='urn:t'>${n}</test:runstate>`;
    const text = `<node>
      <cpu><mhz>6000</mhz><model>i986</model><active>50</active><sockets>4</sockets></cpu><memory>8192000</memory>
      ${domainText('a')}${domainText('b', { inside: state(3) })}${domainText('c', { inside: '<runstate>5</runstate>' })}
      ${networkText('n')}</node>`;
    const { node, domains, networks } = readConfiguration(text, xml.parse);
    expect(node).to.deep.equal({
      model: 'i986',
      memory: 8_192_000n,
      cpus: 50,
      mhz: 6000,
      nodes: 2,
      sockets: 4,
      cores: 2,
      threads: 2,
    });
    expect(domains.map((one) => [xml.domain(one.xml).name, one.state])).to.deep.equal([
      ['a', 'running'],
      ['b', 'paused'],
      ['c', 'shut off'],
    ]);
    expect(domains[1]?.xml).not.to.contain('runstate');
    expect(networks.map((one) => xml.network(one.xml).name)).to.deep.equal(['n']);
  });

  it('says what it does not take', () => {
    const cases: [string, string][] = [
      ['<nodes/>', '<node> is expected'],
      ["<node><domain file='/etc/passwd'/></node>", 'domain.file: is not followed'],
      [`<node>${domainText('a', { inside: '<runstate>6</runstate>' })}</node>`, 'domain.runstate: '],
      ['<node><cpu><mhz>fast</mhz></cpu></node>', 'node.cpu.mhz: no number'],
      ['<node><memory>-1</memory></node>', 'node.memory: no amount'],
    ];
    for (const [text, why] of cases) expect(() => readConfiguration(text, xml.parse), text).to.throw(why);
  });
});
