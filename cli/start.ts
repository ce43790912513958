/**
 * `oncilla start`: the whole story in one process and a few seconds: a daemon with the test driver, a client with
 * events, every message recorded, and the recording explained. Leaves the capture and says where. No root.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectVirt, type VirtClient, type VirtEvent } from '../client/virt.ts';
import { escapeTerminal } from '../codec/escape/index.ts';
import type { Arguments } from './arguments.ts';
import { wantsColor } from './color.ts';
import type { Command, Io } from './command.ts';
import { EXIT_INTERRUPTED } from './errors.ts';
import { Daemon } from './serve/daemon.ts';
import { jsonLog } from './serve/log.ts';
import { SERVE_OPTIONS } from './serve/options.ts';
import { serveSettings } from './serve/settings.ts';
import { pairs, table } from './virt/layout.ts';

export const start: Command = {
  name: 'start',
  describe: 'show everything at once: a daemon, a client, events, and their recorded calls',
  usage: 'start [--out FILE.pcapng]',
  options: { out: { value: 'FILE.pcapng', describe: 'where the recording goes (a new folder in /tmp)' } },
  run,
};

const WEB = `<domain type='test'>
  <name>web</name>
  <memory unit='MiB'>512</memory>
  <vcpu>2</vcpu>
  <os><type arch='x86_64'>hvm</type></os>
</domain>`;

async function run(args: Arguments, io: Io): Promise<number> {
  const file = args.text('out') ?? join(mkdtempSync(join(tmpdir(), 'oncilla-')), 'session.pcapng');
  const color = wantsColor(args, io);
  const print = (text: string) => {
    io.stdout.write(`${text}\n`);
    io.stdout.flush();
  };
  const title = (text: string) => print(color ? `\n\x1b[1m${text}\x1b[0m` : `\n${text}`);
  const indent = (text: string) => print(text.replace(/^/gm, '    '));

  const url = await session(file, io, { title, indent });
  if (io.interrupt.aborted) return EXIT_INTERRUPTED;

  title(`Every call of it, as recorded from ${url}`);
  const { inspect } = await import('./inspect.ts');
  const { runCommand } = await import('./run.ts');
  const colorOption = color ? ['--color=always'] : ['--color=never'];
  const status = await runCommand(inspect, ['--calls', ...colorOption, file], io);
  title('The recording is yours to look at');
  indent(
    [
      `oncilla inspect ${file}`,
      `oncilla inspect -V -Y 'virt.dom.name == "web"' ${file}`,
      `wireshark -o rpc.dissect_unknown_programs:TRUE ${file}`,
    ].join('\n'),
  );
  return status;
}

interface Show {
  readonly title: (text: string) => void;
  readonly indent: (text: string) => void;
}

/** Runs the daemon and its clients; gives the daemon's URL. */
async function session(file: string, io: Io, { title, indent }: Show): Promise<string> {
  const settings = serveSettings(await options(file), io.env);
  const daemon = await Daemon.start(
    settings,
    jsonLog(io.stderr, () => 'warn'),
  );
  try {
    const url = daemon.listening[0]?.url ?? '';
    title('A daemon, with the test driver');
    indent(`oncilla serve --listen ${url} --record ${file}`);
    const uri = `test+tcp://${url.replace(/^tcp:\/\//, '')}/default`;
    const heard: string[] = [];
    const listener = await connectVirt(uri, { onEvent: (event) => void heard.push(eventText(event)) });
    const client = await connectVirt(uri);
    try {
      await listener.registerEvents('domain');
      await listener.registerEvents('network');
      await work(client, { title, indent });
    } finally {
      await client.close();
      await listener.close();
    }
    title('What a second client heard meanwhile: the daemon called it, over the same connection');
    indent(heard.join('\n'));
    return url;
  } finally {
    await daemon.stop();
  }
}

async function options(file: string): Promise<Arguments> {
  const { parseArguments } = await import('./arguments.ts');
  return parseArguments(['--listen=tcp://127.0.0.1:0', `--record=${file}`, '--drain=2'], {
    options: SERVE_OPTIONS,
  });
}

async function work(client: VirtClient, { title, indent }: Show): Promise<void> {
  title('A client defines a domain, runs it, pauses it');
  indent(`${await client.hostname()}: ${await client.uri()}, minor version ${client.agreed.minor}`);
  const web = await client.defineDomain(WEB);
  const running = await client.startDomain(web.uuid);
  await client.suspendDomain(running);
  const rows = (await client.domains()).map(({ id, name, state }) => [
    id < 0 ? '-' : String(id),
    name,
    state,
  ]);
  indent(table(['Id', 'Name', 'State'], rows));
  const { state, maxMemory, vcpus } = await client.domainDetails(web.uuid);
  indent(
    pairs(15, [
      ['UUID', web.uuid],
      ['State', state],
      ['CPU(s)', String(vcpus)],
      ['Max memory', `${maxMemory} KiB`],
    ]),
  );
  await client.resumeDomain(running);
  await client.setDomainAutostart(web.uuid, true);
  const [network] = await client.networks();
  if (network !== undefined) await client.destroyNetwork(network.uuid);
  title('It asks for what is not there');
  await client.domainByName('nowhere').catch((e: Error) => indent(e.message));
  await client.destroyDomain(running);
  await client.undefineDomain(web.uuid);
}

function eventText(event: VirtEvent): string {
  if (event.source === 'overflow') return `${event.lost} events were left out`;
  const name = event.source === 'domain' ? event.domain.name : event.network.name;
  return `${event.source} ${escapeTerminal(name)}: ${event.kind}${event.detail === 'none' ? '' : `, ${event.detail}`}`;
}
