/** The commands about domains. */
import type { VirtClient, VirtDomain, VirtDomainDetails } from '../../client/virt.ts';
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

/** A domain as people name it: by id if it is a number, by UUID if it looks like one, else by name. */
async function findDomain(client: VirtClient, which: string): Promise<VirtDomain> {
  const ways: (() => Promise<VirtDomain>)[] = [() => client.domainByName(which)];
  if (UUID.test(which)) ways.unshift(() => client.domainByUuid(which.toLowerCase()));
  if (/^\d{1,9}$/.test(which)) ways.unshift(() => client.domainById(Number(which)));
  return attempt(`failed to get domain '${which}'`, async () => {
    for (const way of ways.slice(0, -1)) {
      try {
        return await way();
      } catch (e) {
        if (!isVirtError(e)) throw e; // no such id or UUID: it may still be a name
      }
    }
    return client.domainByName(which);
  });
}

function done(text: string, domain: VirtDomain): Shown {
  return { text, json: { id: domain.id < 0 ? null : domain.id, uuid: domain.uuid, name: domain.name } };
}

/** One domain, an action, and what virsh says about it. */
function action(
  describe: string,
  verb: string,
  did: string,
  act: (client: VirtClient, domain: VirtDomain) => Promise<unknown>,
): VirtCommand {
  return {
    describe,
    words: ['domain'],
    async run({ client, words }) {
      const which = words[0] as string;
      const domain = await findDomain(client, which);
      await attempt(`Failed to ${verb} domain '${which}'`, () => act(client, domain));
      return done(`Domain '${which}' ${did}`, await refreshed(client, domain));
    },
  };
}

/** The id changes with starting and stopping; a transient domain is gone. */
async function refreshed(client: VirtClient, domain: VirtDomain): Promise<VirtDomain> {
  try {
    return await client.domainByUuid(domain.uuid);
  } catch (e) {
    if (!isVirtError(e)) throw e;
    return { ...domain, id: -1 };
  }
}

function fromFile(
  describe: string,
  verb: string,
  did: string,
  act: (client: VirtClient, xml: string) => Promise<VirtDomain>,
): VirtCommand {
  return {
    describe,
    words: ['file'],
    async run({ client, words, io }) {
      const file = words[0] as string;
      const xml = await readXml(file, io);
      const domain = await attempt(`Failed to ${verb} domain from ${file}`, () => act(client, xml));
      return done(`Domain '${domain.name}' ${did} from ${file}`, domain);
    },
  };
}

async function list({ client, flags }: VirtContext): Promise<Shown> {
  const all = await client.domains();
  const shown = all.filter(({ id }) => flags.has('all') || (flags.has('inactive') ? id < 0 : id >= 0));
  const json = plain(shown);
  if (flags.has('name') || flags.has('uuid')) {
    const line = ({ uuid, name }: VirtDomain): string =>
      [...(flags.has('uuid') ? [uuid] : []), ...(flags.has('name') ? [name] : [])].join(' ');
    return { text: shown.map(line).join('\n'), json };
  }
  const rows = shown.map(({ id, name, state }) => [id < 0 ? '-' : String(id), name, state]);
  return { text: table(['Id', 'Name', 'State'], rows), json };
}

async function info({ client, words }: VirtContext): Promise<Shown> {
  const { uuid } = await findDomain(client, words[0] as string);
  const domain = await client.domainDetails(uuid);
  return { text: pairs(15, infoRows(domain)), json: plain(domain) };
}

function infoRows(domain: VirtDomainDetails): [string, string][] {
  const { id, name, uuid, osType, state, vcpus, cpuTime, maxMemory, memory, persistent, autostart } = domain;
  const time: [string, string][] =
    cpuTime === 0n ? [] : [['CPU time', `${(Number(cpuTime) / 1e9).toFixed(1)}s`]];
  return [
    ['Id', id < 0 ? '-' : String(id)],
    ['Name', name],
    ['UUID', uuid],
    ['OS Type', osType],
    ['State', state],
    ['CPU(s)', String(vcpus)],
    ...time,
    ['Max memory', `${maxMemory} KiB`],
    ['Used memory', `${memory} KiB`],
    ['Persistent', persistent ? 'yes' : 'no'],
    ['Autostart', autostart ? 'enable' : 'disable'],
    ['Managed save', 'no'],
  ];
}

async function state({ client, words, flags }: VirtContext): Promise<Shown> {
  const { uuid } = await findDomain(client, words[0] as string);
  const answer = await client.domainState(uuid);
  const reason = flags.has('reason') ? ` (${answer.reason})` : '';
  return { text: `${answer.state}${reason}`, json: answer };
}

async function dumpXml({ client, words, flags }: VirtContext): Promise<Shown> {
  const { uuid } = await findDomain(client, words[0] as string);
  const xml = await client.domainXml(uuid, {
    secure: flags.has('security-info'),
    inactive: flags.has('inactive'),
  });
  return { text: document(xml), json: { xml } };
}

async function save({ client, words }: VirtContext): Promise<Shown> {
  const [which, file] = words as [string, string];
  const domain = await findDomain(client, which);
  await attempt(`Failed to save domain '${which}' to ${file}`, () => client.saveDomain(domain, file));
  return done(`\nDomain '${which}' saved to ${file}`, { ...domain, id: -1 });
}

async function restore({ client, words }: VirtContext): Promise<Shown> {
  const file = words[0] as string;
  const domain = await attempt(`Failed to restore domain from ${file}`, () => client.restoreDomain(file));
  return done(`Domain restored from ${file}`, domain);
}

async function autostart({ client, words, flags }: VirtContext): Promise<Shown> {
  const which = words[0] as string;
  const on = !flags.has('disable');
  const domain = await findDomain(client, which);
  await attempt(`Failed to ${on ? '' : 'un'}mark domain '${which}' as autostarted`, () =>
    client.setDomainAutostart(domain.uuid, on),
  );
  return done(`Domain '${which}' ${on ? '' : 'un'}marked as autostarted`, domain);
}

export const DOMAIN_COMMANDS: VirtCommands = {
  list: { describe: 'list domains', words: [], flags: ['all', 'inactive', 'name', 'uuid'], run: list },
  dominfo: { describe: 'facts about a domain', words: ['domain'], run: info },
  domstate: { describe: 'the state of a domain', words: ['domain'], flags: ['reason'], run: state },
  start: action('start a defined domain', 'start', 'started', (c, { uuid }) => c.startDomain(uuid)),
  destroy: action('stop a domain at once', 'destroy', 'destroyed', (c, domain) => c.destroyDomain(domain)),
  suspend: action('pause a domain', 'suspend', 'suspended', (c, domain) => c.suspendDomain(domain)),
  resume: action('let a paused domain go on', 'resume', 'resumed', (c, domain) => c.resumeDomain(domain)),
  save: { describe: "keep a running domain's state and stop it", words: ['domain', 'file'], run: save },
  restore: { describe: 'start a saved domain', words: ['file'], run: restore },
  dumpxml: {
    describe: "a domain's XML",
    words: ['domain'],
    flags: ['inactive', 'security-info'],
    run: dumpXml,
  },
  define: fromFile('define a domain from XML', 'define', 'defined', (c, xml) => c.defineDomain(xml)),
  create: fromFile('start a domain from XML', 'create', 'created', (c, xml) => c.createDomain(xml)),
  undefine: action('forget a definition', 'undefine', 'has been undefined', (c, { uuid }) =>
    c.undefineDomain(uuid),
  ),
  autostart: {
    describe: 'start a domain with the daemon, or not',
    words: ['domain'],
    flags: ['disable'],
    run: autostart,
  },
};
