/** The commands about networks. */
import type { VirtClient, VirtNetwork } from '../../client/virt.ts';
import { isVirtError } from '../../client/virt-error.ts';
import {
  attempt,
  plain,
  type Shown,
  type VirtCommand,
  type VirtCommands,
  type VirtContext,
} from './command.ts';
import { document, pairs, table } from './layout.ts';
import { readXml } from './read-xml.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function findNetwork(client: VirtClient, which: string): Promise<VirtNetwork> {
  return attempt(`failed to get network '${which}'`, async () => {
    if (UUID.test(which)) {
      try {
        return await client.networkByUuid(which.toLowerCase());
      } catch (e) {
        if (!isVirtError(e)) throw e; // no such UUID: it may still be a name
      }
    }
    return client.networkByName(which);
  });
}

function action(
  describe: string,
  verb: string,
  did: string,
  act: (client: VirtClient, uuid: string) => Promise<unknown>,
): VirtCommand {
  return {
    describe,
    words: ['network'],
    async run({ client, words }) {
      const which = words[0] as string;
      const network = await findNetwork(client, which);
      await attempt(`Failed to ${verb} network ${which}`, () => act(client, network.uuid));
      return { text: `Network ${which} ${did}`, json: network };
    },
  };
}

function fromFile(
  describe: string,
  verb: string,
  did: string,
  act: (client: VirtClient, xml: string) => Promise<VirtNetwork>,
): VirtCommand {
  return {
    describe,
    words: ['file'],
    async run({ client, words, io }) {
      const file = words[0] as string;
      const xml = await readXml(file, io);
      const network = await attempt(`Failed to ${verb} network from ${file}`, () => act(client, xml));
      return { text: `Network ${network.name} ${did} from ${file}`, json: network };
    },
  };
}

const yes = (value: boolean) => (value ? 'yes' : 'no');

async function list({ client, flags }: VirtContext): Promise<Shown> {
  const all = await client.networks();
  const shown = all.filter(({ active }) => flags.has('all') || active !== flags.has('inactive'));
  const json = plain(shown);
  if (flags.has('name')) return { text: shown.map(({ name }) => name).join('\n'), json };
  if (flags.has('uuid')) return { text: shown.map(({ uuid }) => uuid).join('\n'), json };
  const rows = shown.map(({ name, active, autostart, persistent }) => [
    name,
    active ? 'active' : 'inactive',
    yes(autostart),
    yes(persistent),
  ]);
  return { text: table(['Name', 'State', 'Autostart', 'Persistent'], rows), json };
}

async function info({ client, words }: VirtContext): Promise<Shown> {
  const { uuid } = await findNetwork(client, words[0] as string);
  const network = await client.networkDetails(uuid);
  const { name, active, persistent, autostart, bridge } = network;
  const rows: [string, string][] = [
    ['Name', name],
    ['UUID', uuid],
    ['Active', yes(active)],
    ['Persistent', yes(persistent)],
    ['Autostart', yes(autostart)],
    ...(bridge === null ? [] : [['Bridge', bridge] satisfies [string, string]]),
  ];
  return { text: pairs(15, rows), json: plain(network) };
}

async function dumpXml({ client, words, flags }: VirtContext): Promise<Shown> {
  const { uuid } = await findNetwork(client, words[0] as string);
  const xml = await client.networkXml(uuid, { inactive: flags.has('inactive') });
  return { text: document(xml), json: { xml } };
}

async function autostart({ client, words, flags }: VirtContext): Promise<Shown> {
  const which = words[0] as string;
  const on = !flags.has('disable');
  const network = await findNetwork(client, which);
  await attempt(`failed to ${on ? '' : 'un'}mark network ${which} as autostarted`, () =>
    client.setNetworkAutostart(network.uuid, on),
  );
  return { text: `Network ${which} ${on ? '' : 'un'}marked as autostarted`, json: network };
}

export const NETWORK_COMMANDS: VirtCommands = {
  'net-list': {
    describe: 'list networks',
    words: [],
    flags: ['all', 'inactive', 'name', 'uuid'],
    exclusive: ['name', 'uuid'], // virsh refuses both here, and takes both in list
    run: list,
  },
  'net-info': { describe: 'facts about a network', words: ['network'], run: info },
  'net-define': fromFile('define a network from XML', 'define', 'defined', (c, xml) => c.defineNetwork(xml)),
  'net-undefine': action('forget a definition', 'undefine', 'has been undefined', (c, id) =>
    c.undefineNetwork(id),
  ),
  'net-create': fromFile('start a network from XML', 'create', 'created', (c, xml) => c.createNetwork(xml)),
  'net-start': action('start a defined network', 'start', 'started', (c, id) => c.startNetwork(id)),
  'net-destroy': action('stop a network', 'destroy', 'destroyed', (c, id) => c.destroyNetwork(id)),
  'net-dumpxml': { describe: "a network's XML", words: ['network'], flags: ['inactive'], run: dumpXml },
  'net-autostart': {
    describe: 'start a network with the daemon, or not',
    words: ['network'],
    flags: ['disable'],
    run: autostart,
  },
};
