/**
 * What a test driver begins with: `test:///default`'s one domain and one network, or an operator's FILE.xml, a
 * `<node>` with domains and networks inside. Throws DriverError XML.
 */
import type { virt_node_info } from '../../../codec/programs/virt.gen.ts';
import {
  childElement,
  childElements,
  textOf,
  withAttributes,
  withChildren,
  type XmlElement,
} from '../../virt/xml/element.ts';
import { parseMemory } from '../../virt/xml/memory.ts';
import type { XmlParser } from '../../virt/xml/parse.ts';
import { printXml } from '../../virt/xml/print.ts';
import { xmlError } from '../error.ts';

export interface Initial {
  readonly xml: string;
  /** as it is to be when the driver begins */
  readonly state: 'running' | 'paused' | 'shut off';
}

export interface Configuration {
  readonly node: virt_node_info;
  readonly domains: readonly Initial[];
  readonly networks: readonly Initial[];
}

const NODE: virt_node_info = {
  model: 'x86_64',
  memory: 4_194_304n,
  cpus: 16,
  mhz: 2000,
  nodes: 2,
  sockets: 2,
  cores: 2,
  threads: 2,
};

const DEFAULT_DOMAIN = `<domain type='test'>
  <name>test</name>
  <uuid>6f6e6369-6c6c-4a61-8000-000000000001</uuid>
  <memory unit='KiB'>8388608</memory>
  <currentMemory unit='KiB'>2097152</currentMemory>
  <vcpu placement='static'>2</vcpu>
  <os>
    <type arch='x86_64'>hvm</type>
    <boot dev='hd'/>
  </os>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
</domain>`;

const DEFAULT_NETWORK = `<network>
  <name>default</name>
  <uuid>6f6e6369-6c6c-4a61-8000-000000000002</uuid>
  <forward mode='nat'/>
  <bridge name='virbr0' stp='on' delay='0'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='192.168.122.128' end='192.168.122.253'/>
    </dhcp>
  </ip>
</network>`;

export const DEFAULT_CONFIGURATION: Configuration = {
  node: NODE,
  domains: [{ xml: DEFAULT_DOMAIN, state: 'running' }],
  networks: [{ xml: DEFAULT_NETWORK, state: 'running' }],
};

/** A file may be as large as all that a driver keeps. */
const FILE_LIMITS = { bytes: 64 * 1024 * 1024, elements: 1_000_000 };

const STATES = new Map<string, Initial['state']>([
  ['1', 'running'],
  ['3', 'paused'],
  ['5', 'shut off'],
]);

/** The text of an operator's file. */
export function readConfiguration(text: string, parse: XmlParser): Configuration {
  const root = parse(text, FILE_LIMITS);
  if (root.name !== 'node') throw xmlError(`<node> is expected, not <${root.name}>`);
  return {
    node: readNode(root),
    domains: childElements(root, 'domain').map(readInitial),
    networks: childElements(root, 'network').map(readInitial),
  };
}

/** libvirt's own element for it is `runstate` in a name space of the test driver. */
function readInitial(tree: XmlElement): Initial {
  if (tree.attributes.has('file'))
    throw xmlError(`${tree.name}.file: is not followed; put the ${tree.name} in here`);
  const runstate = childElements(tree).find(({ name }) => name === 'runstate' || name.endsWith(':runstate'));
  const state = runstate === undefined ? 'running' : STATES.get(textOf(runstate) ?? '');
  if (state === undefined)
    throw xmlError(`${tree.name}.runstate: 1 (running), 3 (paused) or 5 (shut off) is expected`);
  const children = tree.children.filter((child) => child !== runstate);
  return { xml: printXml(withAttributes(withChildren(tree, children), { file: undefined })), state };
}

function readNode(root: XmlElement): virt_node_info {
  const cpu = childElement(root, 'cpu');
  const count = (name: string, fallback: number): number => {
    const text = textOf(childElement(cpu, name));
    if (text === undefined) return fallback;
    if (!/^\d{1,6}$/.test(text)) throw xmlError(`node.cpu.${name}: no number`);
    return Number(text);
  };
  const amount = textOf(childElement(root, 'memory'));
  const memory = amount === undefined ? NODE.memory : parseMemory(amount);
  if (memory === null) throw xmlError('node.memory: no amount of memory');
  return {
    model: textOf(childElement(cpu, 'model'))?.slice(0, 32) ?? NODE.model,
    memory,
    cpus: count('active', NODE.cpus),
    mhz: count('mhz', NODE.mhz),
    nodes: count('nodes', NODE.nodes),
    sockets: count('sockets', NODE.sockets),
    cores: count('cores', NODE.cores),
    threads: count('threads', NODE.threads),
  };
}
