import { expect } from 'chai';
import { completeNetwork, type NetworkDefinition } from '../../../../server/virt/xml/network.ts';
import { printXml } from '../../../../server/virt/xml/print.ts';
import { loadXmlReaders, type XmlReaders } from '../../../../server/virt/xml/readers.ts';
import { networkText, uuidNumber } from '../../documents.ts';

describe('server/virt/xml/network', () => {
  let readers: XmlReaders;
  const read = (text: string): NetworkDefinition => readers.network(text);

  before(async () => {
    readers = await loadXmlReaders();
  });

  it('reads what the daemon uses, and who owns the bridge', () => {
    expect(read(networkText('n'))).to.deep.include({
      name: 'n',
      uuid: null,
      bridge: null,
      ownsBridge: true,
      mac: null,
    });
    for (const mode of ['nat', 'route', 'open'])
      expect(read(networkText('n', { inside: `<forward mode='${mode}'/>` })).ownsBridge, mode).to.equal(true);
    expect(read(networkText('n', { inside: '<forward/>' })).ownsBridge).to.equal(true);
    const bridged = networkText('n', { inside: "<forward mode='bridge'/><bridge name='br0'/>" });
    expect(read(bridged)).to.deep.include({ bridge: 'br0', ownsBridge: false });
    expect(read(networkText('n', { inside: "<forward mode='hostdev'/>" }))).to.deep.include({
      bridge: null,
      ownsBridge: false,
    });
  });

  it('keeps a name as it is, and takes only text for one', () => {
    for (const name of [' nb ', '\u00a0nb', 'nb\ufeff', '\u3000nb'])
      expect(read(networkText(name)).name).to.equal(name);
    expect(() => read(networkText('p<x/>q'))).to.throw('network.name: text is expected, not <x>');
  });

  it('gives back everything it does not know, with what the daemon added', () => {
    const text = `<network ipv6='yes'><ip address='10.0.0.1'><dhcp/></ip><unknown/><bridge zone='z'/><name>n</name></network>`;
    const complete = completeNetwork(read(text), uuidNumber(2), {
      bridge: 'virbr3',
      mac: '52:54:00:00:00:02',
    });
    expect(printXml(complete.tree)).to.equal(`<network ipv6='yes'>
  <name>n</name>
  <uuid>${uuidNumber(2)}</uuid>
  <bridge name='virbr3' zone='z'/>
  <mac address='52:54:00:00:00:02'/>
  <ip address='10.0.0.1'>
    <dhcp/>
  </ip>
  <unknown/>
</network>
`);
    const plain = completeNetwork(read(networkText('n')), uuidNumber(2), {
      bridge: 'virbr0',
      mac: '52:54:00:00:00:02',
    });
    expect(printXml(plain.tree)).to.contain("<bridge name='virbr0' stp='on' delay='0'/>");
    expect(completeNetwork(read(networkText('n')), uuidNumber(2), null)).to.deep.include({
      bridge: null,
      mac: null,
    });
  });

  it('names the element that is wrong', () => {
    const cases: [string, string][] = [
      ['<domain/>', '<network> is expected, not <domain>'],
      [networkText('a/b'), "network.name: a name has no '/'"],
      [networkText('a', { uuid: '0' }), 'network.uuid: no UUID'],
      [
        networkText('a', { inside: "<bridge name='$(id)'/>" }),
        'network.bridge: an interface name has letters',
      ],
      [networkText('a', { inside: "<forward mode='bridge'/>" }), 'network.bridge: forward mode bridge needs'],
      [networkText('a', { inside: "<forward mode='teleport'/>" }), 'network.forward: '],
      [networkText('a', { inside: "<ip address='300.1.1.1'/>" }), 'network.ip.0: no IP address'],
      [networkText('a', { inside: "<mac address='x'/>" }), 'network.mac: no unicast MAC address'],
    ];
    for (const [text, why] of cases) expect(() => read(text), text).to.throw(`XML error: ${why}`);
  });
});
