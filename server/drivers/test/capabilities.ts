/** What the test driver's host can do, as XML. */
import type { virt_node_info } from '../../../codec/programs/virt.gen.ts';
import { element, type XmlElement } from '../../virt/xml/element.ts';
import { printXml } from '../../virt/xml/print.ts';
import type { Uuid } from '../driver.ts';

export function capabilitiesXml(node: virt_node_info, hostUuid: Uuid): string {
  const text = (name: string, value: string): XmlElement => element(name, {}, [value]);
  const topology = { sockets: node.sockets, cores: node.cores, threads: node.threads };
  const attributes = Object.fromEntries(Object.entries(topology).map(([k, v]) => [k, String(v)]));
  return printXml(
    element('capabilities', {}, [
      element('host', {}, [
        text('uuid', hostUuid),
        element('cpu', {}, [text('arch', node.model), element('topology', attributes)]),
      ]),
      element('guest', {}, [
        text('os_type', 'hvm'),
        element('arch', { name: node.model }, [text('wordsize', '64'), element('domain', { type: 'test' })]),
      ]),
    ]),
  );
}
