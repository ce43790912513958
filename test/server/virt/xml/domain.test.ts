import { expect } from 'chai';
import { completeDomain, type DomainDefinition, domainTree } from '../../../../server/virt/xml/domain.ts';
import { printXml } from '../../../../server/virt/xml/print.ts';
import { loadXmlReaders, type XmlReaders } from '../../../../server/virt/xml/readers.ts';
import { domainText, uuidNumber } from '../../documents.ts';

describe('server/virt/xml/domain', () => {
  let readers: XmlReaders;
  const read = (text: string): DomainDefinition => readers.domain(text);

  before(async () => {
    readers = await loadXmlReaders();
  });

  it('reads what the daemon uses', () => {
    const text = domainText('web', {
      uuid: uuidNumber(7).toUpperCase().replaceAll('-', ''),
      memory: '64',
      inside: `<currentMemory unit='KiB'>16</currentMemory><vcpu>4</vcpu><os><type>xen</type></os>
        <devices><interface><mac address='52:54:00:AA:bb:cc'/></interface><interface/></devices>`,
    });
    expect(read(text.replace('<memory>', "<memory unit='MiB'>"))).to.deep.include({
      type: 'test',
      name: 'web',
      uuid: uuidNumber(7),
      maxMemory: 65_536n,
      memory: 16n,
      vcpus: 4,
      osType: 'xen',
      macs: ['52:54:00:aa:bb:cc', null],
    });
  });

  it('fills in what was left out, and no more memory than there is', () => {
    const given = read(domainText('web', { inside: '<currentMemory>4096</currentMemory>' }));
    expect(given).to.include({ uuid: null, maxMemory: 1024n, memory: 1024n, vcpus: 1, osType: 'hvm' });
  });

  it('gives back everything it does not know, in one order', () => {
    const text = `<domain xmlns:q='urn:q' type='test' id='9'><q:extra a='1'><deep>x</deep></q:extra><on_crash>restart</on_crash>
      <memory dumpCore='off'>1024</memory><devices><interface type='user'><model type='e1000'/></interface><weird/></devices>
      <name>web</name><description>  any  </description></domain>`;
    const complete = completeDomain(read(text), uuidNumber(1), ['52:54:00:00:00:01']);
    expect(printXml(complete.tree)).to.equal(`<domain xmlns:q='urn:q' type='test'>
  <name>web</name>
  <uuid>${uuidNumber(1)}</uuid>
  <description>  any  </description>
  <memory dumpCore='off' unit='KiB'>1024</memory>
  <currentMemory unit='KiB'>1024</currentMemory>
  <vcpu placement='static'>1</vcpu>
  <os>
    <type>hvm</type>
  </os>
  <q:extra a='1'>
    <deep>x</deep>
  </q:extra>
  <on_crash>restart</on_crash>
  <devices>
    <interface type='user'>
      <mac address='52:54:00:00:00:01'/>
      <model type='e1000'/>
    </interface>
    <weird/>
  </devices>
</domain>
`);
    expect(printXml(read(printXml(complete.tree)).tree)).to.equal(printXml(complete.tree));
  });

  it('shows ids of what runs, and passwords only where asked', () => {
    const graphics = "<devices><graphics type='vnc' passwd='geheim'/><disk passwd='kept'/></devices>";
    const definition = completeDomain(read(domainText('a', { inside: graphics })), uuidNumber(1), []);
    expect(printXml(domainTree(definition, 3, {})))
      .to.contain("id='3'")
      .and.not.to.contain('geheim');
    expect(printXml(domainTree(definition, -1, {}))).not.to.contain('id=');
    expect(printXml(domainTree(definition, -1, { secure: true }))).to.contain("passwd='geheim'");
    expect(printXml(domainTree(definition, -1, {}))).to.contain("passwd='kept'");
  });

  it('keeps a name as it is, and takes white space from numbers and words', () => {
    // libvirt 9.0.0: define of ' nb ' gives the domain ' nb '
    for (const name of ['nb', ' nb ', '\u00a0nb', 'nb\ufeff', '\u3000nb']) {
      const definition = read(domainText(name, { memory: '\n 64 ', inside: '<vcpu> 2 </vcpu>' }));
      expect(definition, JSON.stringify(name)).to.include({ name, maxMemory: 64n, vcpus: 2 });
      expect(read(printXml(definition.tree)).name).to.equal(name);
    }
    const unknown = read(domainText('a', { inside: '<title>\u00a0</title>' }));
    expect(printXml(unknown.tree)).to.contain('<title>\u00a0</title>');
  });

  it('names the element that is wrong', () => {
    const cases: [string, string][] = [
      ['<network/>', '<domain> is expected, not <network>'],
      [domainText(''), 'domain.name: a name is needed'],
      [domainText('..'), "domain.name: '..' is no name"],
      [domainText('../../x'), "domain.name: a name has no '/'"],
      [domainText('x'.repeat(256)), 'domain.name: a name has at most 255 bytes'],
      [domainText('a', { uuid: 'x' }), 'domain.uuid: no UUID'],
      [domainText('a', { uuid: '00000000-0000-0000-0000-000000000000' }), 'domain.uuid: no UUID'],
      [domainText('p<x/>q'), 'domain.name: text is expected, not <x>'],
      [domainText('\n nb'), 'domain.name: a name has no control characters'],
      [domainText('a', { memory: '1<x/>2' }), 'domain.memory: text is expected, not <x>'],
      [
        domainText('a', { inside: '<os><type>hvm<x/></type></os>' }),
        'domain.os.type: text is expected, not <x>',
      ],
      [domainText('a', { type: '' }), 'domain.type: a domain has a type'],
      [domainText('a', { memory: '0' }), 'domain.memory: no amount of memory'],
      ["<domain type='test'><name>a</name></domain>", 'domain.memory: no amount of memory'],
      [
        domainText('a', { inside: "<currentMemory unit='x'>1</currentMemory>" }),
        'domain.currentMemory: no amount',
      ],
      [domainText('a', { inside: '<vcpu>0</vcpu>' }), 'domain.vcpu: from 1 to 16384'],
      [domainText('a', { inside: '<vcpu>16385</vcpu>' }), 'domain.vcpu: from 1 to 16384'],
      [domainText('a', { inside: '<vcpu>-1</vcpu>' }), 'domain.vcpu: no number of CPUs'],
      [domainText('a', { inside: '<os><type>dos</type></os>' }), 'domain.os: '],
      [
        domainText('a', {
          inside: "<devices><interface><mac address='01:00:00:00:00:00'/></interface></devices>",
        }),
        'domain.macs.0: no unicast MAC address',
      ],
    ];
    for (const [text, why] of cases) expect(() => read(text), text).to.throw(`XML error: ${why}`);
  });
});
