/**
 * `oncilla rpcinfo`: what a port mapper has registered, and whether a program answers, in rpcinfo's own layouts.
 * Status 1 where the answer is no, 3 where there is none. Text from the other side is escaped before it is shown.
 */
import { type Caller, connectCaller } from '../client/caller.ts';
import { PORTMAP_PORT, PortmapClient, type PortmapEntry } from '../client/portmap.ts';
import { escapeTerminal } from '../codec/escape/index.ts';
import { isRpcError, type Procedure } from '../codec/rpc/index.ts';
import { parseUniversalAddress } from '../codec/rpc/universal-address.ts';
import { joinHostPort } from '../transport/target.ts';
import type { Arguments } from './arguments.ts';
import { secondsOf } from './call.ts';
import { callFailure, describeRpcError } from './call-failure.ts';
import type { Command, Io } from './command.ts';
import { CliError, EXIT_INTERRUPTED, EXIT_NEGATIVE, EXIT_OK } from './errors.ts';
import { loadServiceNames, programNumber } from './service-names.ts';

export const rpcinfo: Command = {
  name: 'rpcinfo',
  describe: 'list what a port mapper has registered, or ask whether a program answers',
  usage: 'rpcinfo [-p] [HOST] | rpcinfo (-t | -u) HOST PROGRAM [VERSION]',
  options: {
    portmap: { short: 'p', describe: 'list by version 2 of the port mapper' },
    tcp: { short: 't', describe: 'call NULL of a program over TCP' },
    udp: { short: 'u', describe: 'call NULL of a program over UDP' },
    port: {
      short: 'n',
      value: 'PORT',
      minimum: 1,
      describe: "this port, not the one the port mapper names; when listing, the port mapper's own",
    },
    timeout: { value: 'SECONDS', describe: 'give up after so long (10)' },
  },
  run,
};

type Protocol = 'tcp' | 'udp';

const VOID = { kind: 'void' } as const;
const NULL_PROCEDURE: Procedure = { name: 'NULL', number: 0, args: [], argument: VOID, result: VOID };

/** No program has so many; a server may claim it. */
const MAX_VERSIONS = 256;
const HIGHEST_VERSION = 0xffffffff;

async function run(args: Arguments, io: Io): Promise<number> {
  const modes = ['portmap', 'tcp', 'udp'].filter((mode) => args.has(mode));
  if (modes.length > 1) throw new CliError('rpcinfo', '-p, -t and -u exclude one another');
  try {
    if (args.has('tcp')) return await ping('tcp', args, io);
    if (args.has('udp')) return await ping('udp', args, io);
    return await list(args, io);
  } catch (e) {
    if (io.interrupt.aborted) return EXIT_INTERRUPTED;
    throw callFailure('rpcinfo', e);
  }
}

// --- listing

async function list(args: Arguments, io: Io): Promise<number> {
  if (args.positionals.length > 1) throw new CliError('rpcinfo', 'needs one HOST');
  const [host = '127.0.0.1'] = args.positionals;
  const client = new PortmapClient(await reach('tcp', host, args.integer('port') ?? PORTMAP_PORT, args, io));
  try {
    if (args.has('portmap')) {
      io.stdout.write(portmapTable(await client.dump2()));
    } else {
      const entries = await client.dump();
      io.stdout.write(client.version === 2 ? portmapTable(entries) : rpcbindTable(entries));
    }
    return EXIT_OK;
  } finally {
    client.close();
  }
}

/** Columns as in `rpcinfo -p`. */
export function portmapTable(entries: readonly PortmapEntry[], names = loadServiceNames()): string {
  const rows = entries.map(({ program, version, netid, address }) => {
    const port = parseUniversalAddress(address)?.port ?? 0;
    const numbers = `${right(program, 10)}${right(version, 5)}${right(netid, 6)}${right(port, 7)}`;
    const name = names.get(program);
    return name === undefined ? numbers : `${numbers}  ${name}`;
  });
  return `${['   program vers proto   port  service', ...rows].join('\n')}\n`;
}

/** Columns as in `rpcinfo` without options. */
export function rpcbindTable(entries: readonly PortmapEntry[], names = loadServiceNames()): string {
  const rows = entries.map(({ program, version, netid, address, owner }) => {
    const where = `${escapeTerminal(netid).padEnd(9)} ${escapeTerminal(address).padEnd(22)}`;
    const who = `${(names.get(program) ?? '-').padEnd(10)} ${escapeTerminal(owner) || 'unknown'}`;
    return `${right(program, 10)}${right(version, 5)}    ${where} ${who}`;
  });
  const head = '   program version netid     address                service    owner';
  return `${[head, ...rows].join('\n')}\n`;
}

function right(value: number | string, width: number): string {
  return String(value).padStart(width);
}

// --- asking a program

async function ping(protocol: Protocol, args: Arguments, io: Io): Promise<number> {
  const [host, name, versionText] = args.positionals;
  if (host === undefined || name === undefined || args.positionals.length > 3) {
    throw new CliError('rpcinfo', `-${protocol === 'tcp' ? 't' : 'u'} needs HOST PROGRAM [VERSION]`);
  }
  const program = programNumber(name, loadServiceNames());
  if (program === null) throw new CliError(name, 'no program of that name or number');
  const version = versionText === undefined ? undefined : versionOf(versionText);
  const port = args.integer('port') ?? (await portOf(protocol, host, program, version, args, io));
  if (port === 0) {
    throw new CliError(host, 'RPC: Program not registered', { status: EXIT_NEGATIVE });
  }
  const caller = await reach(protocol, host, port, args, io);
  try {
    const versions = version === undefined ? await versionsOf(caller, program, io) : [version];
    let status: number = EXIT_OK;
    for (const one of versions) {
      const refusal = await refusalOf(caller, program, one, io);
      if (refusal === null) {
        io.stdout.write(`program ${program} version ${one} ready and waiting\n`);
      } else {
        io.stderr.write(`oncilla: rpcinfo: ${refusal}\n`);
        io.stdout.write(`program ${program} version ${one} is not available\n`);
        status = EXIT_NEGATIVE;
      }
    }
    return status;
  } finally {
    caller.close();
  }
}

async function portOf(
  protocol: Protocol,
  host: string,
  program: number,
  version: number | undefined,
  args: Arguments,
  io: Io,
): Promise<number> {
  const client = new PortmapClient(await reach(protocol, host, PORTMAP_PORT, args, io));
  try {
    // Version 0 asks for whichever there is; a strict port mapper does not know it.
    const port = await client.getPort(program, version ?? 0, protocol);
    if (port !== 0 || version !== undefined) return port;
    const any = (await client.dump2()).find((one) => one.program === program && one.netid === protocol);
    return any === undefined ? 0 : (parseUniversalAddress(any.address)?.port ?? 0);
  } finally {
    client.close();
  }
}

/** The versions that a program says it has, when it is asked for one that it cannot have. */
async function versionsOf(caller: Caller, program: number, io: Io): Promise<number[]> {
  for (const impossible of [0, HIGHEST_VERSION]) {
    try {
      await caller.call(program, impossible, NULL_PROCEDURE, undefined, { signal: io.interrupt });
    } catch (e) {
      if (!isRpcError(e) || e.code !== 'PROG_MISMATCH') throw e;
      const { low = 0, high = 0 } = e;
      if (high < low || high - low >= MAX_VERSIONS) throw e;
      return Array.from({ length: high - low + 1 }, (_, i) => low + i);
    }
  }
  throw new CliError('rpcinfo', 'the program answers to every version', { hint: 'name one' });
}

/** Why a version does not answer; null when it does. */
async function refusalOf(caller: Caller, program: number, version: number, io: Io): Promise<string | null> {
  try {
    await caller.call(program, version, NULL_PROCEDURE, undefined, { signal: io.interrupt });
    return null;
  } catch (e) {
    if (!isRpcError(e) || e.code === 'TIMEOUT' || e.code === 'CLOSED') throw e;
    if (e.code !== 'PROG_MISMATCH') return `RPC: ${describeRpcError(e)}`;
    return `RPC: Program/version mismatch; low version = ${e.low}, high version = ${e.high}`;
  }
}

function versionOf(text: string): number {
  const version = Number(text);
  if (!/^\d{1,10}$/.test(text) || version > HIGHEST_VERSION) throw new CliError(text, 'no version');
  return version;
}

function reach(protocol: Protocol, host: string, port: number, args: Arguments, io: Io): Promise<Caller> {
  // An IPv6 address with or without the brackets that it has in a URL.
  const plain = host.replace(/^\[(.*)\]$/, '$1');
  return connectCaller(`${protocol}://${joinHostPort(plain, port)}`, {
    timeoutMs: secondsOf(args.text('timeout')) * 1000,
    signal: io.interrupt,
  });
}
