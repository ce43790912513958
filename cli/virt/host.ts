/** The commands about the daemon and its host. */
import { packageVersion } from '../version.ts';
import { plain, type Shown, type VirtCommands, type VirtContext } from './command.ts';
import { document, pairs, versionText } from './layout.ts';

async function nodeInfo({ client }: VirtContext): Promise<Shown> {
  const info = await client.nodeInfo();
  const text = pairs(20, [
    ['CPU model', info.model],
    ['CPU(s)', String(info.cpus)],
    ['CPU frequency', `${info.mhz} MHz`],
    ['CPU socket(s)', String(info.sockets)],
    ['Core(s) per socket', String(info.cores)],
    ['Thread(s) per core', String(info.threads)],
    ['NUMA cell(s)', String(info.nodes)],
    ['Memory size', `${info.memory} KiB`],
  ]);
  return { text, json: plain(info) };
}

async function capabilities({ client }: VirtContext): Promise<Shown> {
  const xml = await client.capabilities();
  return { text: document(xml), json: { xml } };
}

async function hostname({ client }: VirtContext): Promise<Shown> {
  const text = await client.hostname();
  return { text, json: { hostname: text } };
}

async function uri({ client }: VirtContext): Promise<Shown> {
  const text = await client.uri();
  return { text, json: { uri: text } };
}

async function version({ client, flags }: VirtContext): Promise<Shown> {
  const library = packageVersion(import.meta.dirname);
  const type = await client.type();
  const hypervisor = versionText(await client.version());
  const daemon = versionText(await client.daemonVersion());
  const lines = [
    `Compiled against library: oncilla ${library}`,
    `Using library: oncilla ${library}`,
    `Using API: ${type} ${library}`,
    `Running hypervisor: ${type} ${hypervisor}`,
    ...(flags.has('daemon') ? [`Running against daemon: ${daemon}`] : []),
  ];
  return { text: lines.join('\n'), json: { library, type, hypervisor, daemon } };
}

export const HOST_COMMANDS: VirtCommands = {
  nodeinfo: { describe: 'facts about the host', words: [], run: nodeInfo },
  capabilities: { describe: 'what the host can do, as XML', words: [], run: capabilities },
  hostname: { describe: "the host's name", words: [], run: hostname },
  version: {
    describe: 'versions of this command, the hypervisor and the daemon',
    words: [],
    flags: ['daemon'],
    run: version,
  },
  uri: { describe: 'what is open, as the daemon calls it', words: [], run: uri },
};
