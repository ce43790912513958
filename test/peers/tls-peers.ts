/**
 * RPC over TLS between real peers: Node, OpenSSL and GnuTLS, as client and as server, with a tap between them that
 * keeps what passed. The peers' own key logs tell the secrets. Ends only what it started.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { encodeCall, encodeRecord, encodeReply } from '../../codec/rpc/index.ts';

export type PeerKind = 'node' | 'openssl' | 'gnutls';

const COMMANDS: Readonly<Record<PeerKind, string>> = {
  node: process.execPath,
  openssl: 'openssl',
  gnutls: 'gnutls-cli',
};

const THERE = new Map(
  Object.entries(COMMANDS).map(([kind, command]) => {
    return [kind, spawnSync(command, [kind === 'openssl' ? 'version' : '--version']).status === 0];
  }),
);

export function hasPeer(kind: PeerKind): boolean {
  return THERE.get(kind) === true;
}

/** What two peers say to each other. */
export interface TlsCase {
  readonly name: string;
  readonly client: PeerKind;
  readonly server: PeerKind;
  readonly version: '1.2' | '1.3';
  /** OpenSSL's name of the cipher suite, for Node and OpenSSL */
  readonly suite?: string;
  /** more of GnuTLS's priority string */
  readonly priority?: string;
  /** further arguments of `openssl s_client` and `s_server` */
  readonly clientArgs?: readonly string[];
  readonly serverArgs?: readonly string[];
  /** what s_client is told between the two calls: K and k update keys, R renegotiates */
  readonly command?: 'K' | 'k' | 'R';
  /** connect twice, the second time resuming */
  readonly resume?: true;
  /** the resumed connection sends its first call as 0-RTT data */
  readonly early?: true;
}

const NFS = 100003;
const WRITE = 7;
const WAIT_MS = 10_000;

/** A call of NFS version 3; procedure 0 unless it carries arguments. */
function call(xid: number, args?: Uint8Array): Buffer {
  const procedure = args === undefined ? 0 : WRITE;
  const header = encodeCall({ xid, program: NFS, version: 3, procedure });
  return Buffer.from(encodeRecord(args === undefined ? header : Buffer.concat([header, args])));
}

function reply(xid: number): Buffer {
  return Buffer.from(encodeRecord(encodeReply({ xid, verdict: 'SUCCESS' })));
}

/** WRITE3args with that many bytes of data. */
function writeArgs(bytes: number): Buffer {
  const head = Buffer.alloc(32);
  head.writeUInt32BE(4, 0);
  head.write('file', 4);
  head.writeUInt32BE(bytes, 16);
  head.writeUInt32BE(2, 20);
  head.writeUInt32BE(bytes, 24);
  return Buffer.concat([head.subarray(0, 28), Buffer.alloc(bytes, 'oncilla ')]);
}

/** One side's end of a connection: application data in and out. */
interface End {
  readonly received: Buffer;
  send(bytes: Uint8Array): void;
  /** until that much application data has come in all */
  until(bytes: number): Promise<void>;
  command(letter: string): void;
  close(): void;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function wait(what: string, done: () => boolean): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!done()) {
    if (Date.now() > deadline) throw new Error(`gave up waiting for ${what}`);
    await pause(5);
  }
}

class ProcessEnd implements End {
  readonly child: ChildProcess;
  /** standard output is application data and nothing else */
  readonly clean: boolean;
  received: Buffer = Buffer.alloc(0);
  errors = '';

  constructor(command: string, args: readonly string[], keyLog: string, clean = true) {
    this.clean = clean;
    this.child = spawn(command, args, { env: { ...process.env, SSLKEYLOGFILE: keyLog }, stdio: 'pipe' });
    this.child.stdin!.on('error', () => {});
    this.child.stdout!.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    this.child.stderr!.on('data', (chunk: Buffer) => {
      this.errors += chunk.toString('latin1');
    });
  }

  send(bytes: Uint8Array): void {
    this.child.stdin!.write(bytes);
  }

  async until(bytes: number): Promise<void> {
    if (!this.clean) {
      await pause(100);
      return;
    }
    await wait(
      `${bytes} bytes at ${this.child.spawnfile}, have ${this.received.length}: ${this.errors}`,
      () => {
        return this.received.length >= bytes;
      },
    );
  }

  command(letter: string): void {
    this.child.stdin!.write(`${letter}\n`);
  }

  close(): void {
    this.child.stdin!.end();
  }
}

class SocketEnd implements End {
  readonly #socket: tls.TLSSocket;
  received: Buffer = Buffer.alloc(0);
  session: Buffer | undefined;

  constructor(socket: tls.TLSSocket) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('session', (session: Buffer) => {
      this.session = session;
    });
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  async until(bytes: number): Promise<void> {
    await wait(`${bytes} bytes at node`, () => this.received.length >= bytes);
  }

  command(): void {
    this.#socket.renegotiate({ rejectUnauthorized: false }, () => {});
  }

  close(): void {
    this.#socket.end();
  }
}

/** A certificate and key for the servers, in `folder`. */
export function makeServerCertificate(folder: string): { cert: string; key: string } {
  const made = { cert: join(folder, 'server.pem'), key: join(folder, 'server.key') };
  if (existsSync(made.cert)) return made;
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const subject = [...names, '-keyout', made.key, '-out', made.cert];
  const { status, stderr } = spawnSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', ...subject],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`openssl req: ${stderr}`);
  return made;
}

interface Run {
  readonly folder: string;
  readonly keyLog: string;
  readonly cert: string;
  readonly key: string;
}

const NODE_VERSION = { '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' } as const;

function opensslSuite(c: TlsCase): string[] {
  if (c.suite === undefined) return [];
  return c.version === '1.3' ? ['-ciphersuites', c.suite] : ['-cipher', `${c.suite}:@SECLEVEL=0`];
}

function nodeOptions(c: TlsCase): tls.SecureContextOptions {
  const version = NODE_VERSION[c.version];
  const ciphers =
    c.suite === undefined ? {} : { ciphers: c.version === '1.3' ? c.suite : `${c.suite}:@SECLEVEL=0` };
  return { minVersion: version, maxVersion: version, ...ciphers };
}

interface Server {
  readonly port: number;
  /** the end of the connection that was accepted last */
  end(): Promise<End>;
  stop(): void;
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startServer(c: TlsCase, run: Run): Promise<Server> {
  if (c.server === 'node') {
    let accepted: SocketEnd | null = null;
    const server = tls.createServer({
      cert: readFileSync(run.cert),
      key: readFileSync(run.key),
      ...nodeOptions(c),
    });
    server.on('keylog', (line: Buffer) => writeFileSync(run.keyLog, line, { flag: 'a' }));
    server.on('tlsClientError', () => {});
    server.on('secureConnection', (socket) => {
      accepted = new SocketEnd(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const end = async (): Promise<End> => {
      await wait('a connection at node', () => accepted !== null);
      const found = accepted!;
      accepted = null;
      return found;
    };
    return { port, end, stop: () => server.close() };
  }
  const port = await freePort();
  const version = c.version === '1.2' ? '-tls1_2' : '-tls1_3';
  const openssl = ['s_server', '-quiet', '-accept', `127.0.0.1:${port}`, '-cert', run.cert, '-key', run.key];
  const child =
    c.server === 'openssl'
      ? new ProcessEnd(
          'openssl',
          [...openssl, version, '-keylogfile', run.keyLog, ...opensslSuite(c), ...(c.serverArgs ?? [])],
          run.keyLog,
        )
      : new ProcessEnd(
          'gnutls-serv',
          [
            '--echo',
            '--quiet',
            '-p',
            String(port),
            '--x509certfile',
            run.cert,
            '--x509keyfile',
            run.key,
            ...priority(c),
          ],
          run.keyLog,
        );
  await wait(`${c.server} to listen: ${child.errors}`, () => listens(port));
  const end = async (): Promise<End> => {
    const base = child.received.length;
    return {
      get received() {
        return child.received.subarray(base);
      },
      send: (bytes) => child.send(bytes),
      until: (bytes) => child.until(base + bytes),
      command: (letter) => child.command(letter),
      close: () => {},
    };
  };
  return { port, end, stop: () => child.child.kill('SIGKILL') };
}

/** Whether something listens on that port of 127.0.0.1 or of every address. */
function listens(port: number): boolean {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['/proc/net/tcp', '/proc/net/tcp6'].some((table) =>
    readFileSync(table, 'latin1')
      .split('\n')
      .some((line) => {
        const words = line.trim().split(/\s+/);
        return words[1]?.endsWith(hex) === true && words[3] === '0A';
      }),
  );
}

function priority(c: TlsCase): string[] {
  const base = `NORMAL:-VERS-ALL:+VERS-TLS${c.version}`;
  return ['--priority', c.priority === undefined ? base : `${base}:${c.priority}`];
}

function connectClient(c: TlsCase, run: Run, port: number, resuming: boolean, session?: Buffer): End {
  if (c.client === 'node') {
    const socket = tls.connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...nodeOptions(c),
      ...(session && { session }),
    });
    socket.on('keylog', (line: Buffer) => writeFileSync(run.keyLog, line, { flag: 'a' }));
    return new SocketEnd(socket);
  }
  if (c.client === 'gnutls') {
    const args = ['--insecure', '--logfile=/dev/null', '-p', String(port), ...priority(c), '127.0.0.1'];
    return new ProcessEnd('gnutls-cli', [...(c.resume ? ['--resume'] : []), ...args], run.keyLog);
  }
  const version = c.version === '1.2' ? '-tls1_2' : '-tls1_3';
  // with -quiet it takes no commands, and without it says more than it hears
  const quiet = c.command === undefined ? ['-quiet'] : [];
  const args = ['s_client', ...quiet, '-connect', `127.0.0.1:${port}`, version, '-keylogfile', run.keyLog];
  args.push(...opensslSuite(c), ...(c.clientArgs ?? []));
  const file = join(run.folder, `${c.name}.session`);
  if (c.resume) args.push(resuming ? '-sess_in' : '-sess_out', file);
  if (resuming && c.early) {
    const early = join(run.folder, `${c.name}.early`);
    writeFileSync(early, call(EARLY_XID));
    args.push('-early_data', early);
  }
  return new ProcessEnd('openssl', args, run.keyLog, c.command === undefined);
}

const EARLY_XID = 0x0e0e0e0e;

/** What passed between two peers, in order. */
export interface TapChunk {
  /** number of the connection, from 0, and 0 for what its client sent */
  readonly connection: number;
  readonly dir: 0 | 1;
  readonly bytes: Buffer;
}

/** A proxy on loopback that keeps what passes. */
export async function tap(to: number): Promise<{ port: number; chunks: TapChunk[]; stop(): void }> {
  const chunks: TapChunk[] = [];
  let connections = 0;
  const server = net.createServer((client) => {
    const connection = connections++;
    const onward = net.connect(to, '127.0.0.1');
    for (const [from, other, dir] of [
      [client, onward, 0],
      [onward, client, 1],
    ] as const) {
      from.on('error', () => other.destroy());
      from.on('end', () => other.end());
      from.on('data', (bytes: Buffer) => {
        chunks.push({ connection, dir, bytes });
        other.write(bytes);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as net.AddressInfo).port, chunks, stop: () => server.close() };
}

export interface TlsSession {
  readonly chunks: readonly TapChunk[];
  readonly keyLog: string;
  /** the plaintext of each connection's client and server */
  readonly sent: readonly (readonly [client: Buffer, server: Buffer])[];
}

/** Lets the peers talk; `tapped` false: directly, and nothing is kept of it. */
export async function runTlsSession(c: TlsCase, folder: string, tapped = true): Promise<TlsSession> {
  const run = { folder, keyLog: join(folder, `${c.name}.keys`), ...makeServerCertificate(folder) };
  writeFileSync(run.keyLog, '');
  const server = await startServer(c, run);
  const between = tapped ? await tap(server.port) : null;
  const sent: [Buffer, Buffer][] = [];
  try {
    let session: Buffer | undefined;
    for (const resuming of c.resume ? [false, true] : [false]) {
      const client = connectClient(c, run, between?.port ?? server.port, resuming, session);
      const said: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)];
      sent.push(said);
      const far = await server.end();
      await talk(c, client, far, said, resuming);
      session = client instanceof SocketEnd ? client.session : undefined;
      client.close();
      far.close();
      await pause(150);
      if (client instanceof ProcessEnd) client.child.kill('SIGKILL');
    }
  } finally {
    between?.stop();
    server.stop();
  }
  return { chunks: between?.chunks ?? [], keyLog: readFileSync(run.keyLog, 'latin1'), sent };
}

/** Three calls with their replies: small ones, and one that needs several records. */
async function talk(
  c: TlsCase,
  client: End,
  server: End,
  said: [Buffer, Buffer],
  resuming: boolean,
): Promise<void> {
  const exchange = async (request: Buffer, answer: Buffer): Promise<void> => {
    said[0] = Buffer.concat([said[0], request]);
    said[1] = Buffer.concat([said[1], answer]);
    client.send(request);
    await server.until(said[0].length - early);
    server.send(answer);
    await client.until(said[1].length);
  };
  let early = 0;
  if (c.server === 'gnutls') {
    // its server only says back lines of text
    for (const line of ['one line\n', 'and another\n']) {
      said[0] = Buffer.concat([said[0], Buffer.from(line)]);
      client.send(Buffer.from(line));
      await client.until(said[1].length + 1);
      await pause(50);
      said[1] = client.received;
    }
    return;
  }
  if (resuming && c.early) {
    // s_server keeps 0-RTT data in its output buffer until it ends
    said[0] = call(EARLY_XID);
    early = said[0].length;
  }
  await exchange(call(1), reply(1));
  if (c.command !== undefined) {
    client.command(c.command);
    await pause(100);
  }
  await exchange(call(2, writeArgs(20_000)), reply(2));
  await exchange(call(3), reply(3));
}
