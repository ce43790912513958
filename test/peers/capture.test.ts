/** Files of `capture`, held to what the daemon itself recorded, and to tshark. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { fakeIo, run } from '../cli/fake-io.ts';
import { type Certificates, hasOpenssl, makeCertificates } from '../transport/certificates.ts';
import { until } from '../until.ts';
import { Daemon } from './daemon.ts';
import { inNamespace, missingPrograms, noNamespace } from './namespace.ts';
import { tshark } from './tshark.ts';

interface Call {
  readonly xid: string;
  readonly procedure: number;
  readonly procedureName: string;
  readonly args: unknown;
  readonly result: unknown;
  readonly verdict: string;
  readonly malformed: unknown;
}

async function callsIn(file: string): Promise<Call[]> {
  const { out } = await run(['inspect', '--calls', '-T', 'ndjson', file]);
  return out
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const { xid, procedure, procedureName, args, result, verdict, malformed } = JSON.parse(line);
      return { xid, procedure, procedureName, args, result, verdict, malformed };
    });
}

/** xid, type and procedure of each message, as tshark has them. */
function tsharkMessages(file: string): string[][] {
  const fields = ['rpc.xid', 'rpc.msgtyp', 'rpc.procedure'].flatMap((field) => ['-e', field]);
  return messagesOf(tshark(file, ...UNKNOWN, '-Y', 'rpc', '-T', 'fields', ...fields));
}

const UNKNOWN = ['-o', 'rpc.dissect_unknown_programs:TRUE'];

/** A frame with several messages has their values behind each other. */
function messagesOf(text: string): string[][] {
  return text
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [xids = [], types = [], procedures = []] = line.split('\t').map((column) => column.split(','));
      return xids.map((xid, i) => [xid, types[i]!, procedures[i]!]);
    });
}

/** What tshark should say of these calls, in any order. */
function messagesFor(calls: readonly Call[]): string[][] {
  return calls.flatMap(({ xid, procedure }) => [
    [xid, '0', String(procedure)],
    [xid, '1', String(procedure)],
  ]);
}

const lacking = missingPrograms(['tshark']).join(', ');

describe(`peers: captures of a proxy${lacking === '' ? '' : ` (skipped: no ${lacking})`}`, function () {
  this.timeout(30_000);
  let folder: string;
  let certificates: Certificates | null = null;
  let daemon: Daemon;
  /** what the daemon records: all that is said to it, in the order of the tests */
  let theirs: string;
  /** the daemon's listeners by their kind */
  let at: Record<'tcp' | 'unix' | 'udp' | 'tls', string>;

  before(async function () {
    if (lacking !== '') this.skip();
    folder = mkdtempSync(join(tmpdir(), 'oncilla-capture-'));
    theirs = join(folder, 'theirs.pcapng');
    const listeners = ['tcp://127.0.0.1:0', `unix://${join(folder, 'daemon.sock')}`, 'udp://127.0.0.1:0'];
    if (hasOpenssl()) {
      certificates = makeCertificates((name) => join(folder, name));
      const { cert, key } = certificates.server;
      listeners.push(`tls://127.0.0.1:0?cert=${cert}&key=${key}&starttls=1`);
    }
    daemon = await Daemon.start([...listeners.flatMap((url) => ['--listen', url]), '--record', theirs]);
    const [tcp = '', unix = '', udp = '', tls = ''] = daemon.urls;
    at = { tcp, unix, udp, tls };
  });
  after(async () => {
    await daemon?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  interface Sides {
    /** how the proxy calls the daemon */
    readonly target: string;
    /** the proxy's listener, and how the client calls it */
    readonly listen: string;
    readonly client?: (url: string) => string;
  }

  /** What `talk` says to the daemon through a capturing proxy: as recorded by the daemon, and by the capture. */
  async function through({ target, listen, client }: Sides, talk: (url: string) => Promise<void>) {
    const before = (await callsIn(theirs)).length;
    const ours = join(folder, 'ours.pcapng');
    const io = fakeIo();
    const ended = run(['capture', '--proxy', `${listen}=${target}`, '-w', ours], io);
    try {
      await until(() => io.stderr.text.includes('listening on'));
      const [, url = ''] = /listening on (\S+)/.exec(io.stderr.text) ?? [];
      await talk(client?.(url) ?? url);
    } finally {
      io.abort.abort();
      await ended;
    }
    expect((await ended).status).to.equal(130);
    const captured = await callsIn(ours);
    expect(captured).to.deep.equal((await callsIn(theirs)).slice(before));
    for (const { malformed, verdict } of captured) {
      expect({ malformed, verdict }).to.deep.equal({ malformed: [], verdict: 'SUCCESS' });
    }
    const key = (message: readonly string[]) => message.join();
    expect(tsharkMessages(ours).map(key)).to.have.members(messagesFor(captured).map(key));
    return captured.map(({ procedureName }) => procedureName);
  }

  /** Commands of virt, over whichever transport `url` has. */
  const virt = async (url: string, ...commands: string[][]): Promise<void> => {
    const [, kind = '', rest = ''] = /^(\w+):\/\/(.*)$/.exec(url) ?? [];
    const [place = '', query = ''] = rest.split('?');
    const more = query === '' ? '' : `&${query}`;
    const uri =
      kind === 'unix'
        ? `test+unix:///default?socket=${place}`
        : `test+${kind}://${place}/default?${more.slice(1)}`;
    for (const words of commands) {
      const { status, err } = await run(['virt', '-c', uri, ...words]);
      expect(status, `${uri} ${words}: ${err}`).to.equal(0);
    }
  };

  /** A definition as long as may be, which comes back as long. */
  function longDefinition(): string {
    const file = join(folder, 'long.xml');
    const text = 'a line of the description, again and again\n'.repeat(6000);
    const about = `<name>long</name><description>${text}</description><memory>1024</memory>`;
    writeFileSync(file, `<domain type='test'>${about}<os><type>hvm</type></os></domain>`);
    return file;
  }

  it('TCP, with records of a quarter of a MiB both ways', async () => {
    const procedures = await through({ target: at.tcp, listen: 'tcp://127.0.0.1:0' }, (url) =>
      virt(url, ['list', '--all'], ['define', longDefinition()], ['dumpxml', 'long'], ['undefine', 'long']),
    );
    expect(procedures).to.include.members(['DOMAIN_DEFINE', 'DOMAIN_GET_XML']);
  });

  it('UNIX sockets', async () => {
    const listen = `unix://${join(folder, 'proxy.sock')}`;
    const procedures = await through({ target: at.unix, listen }, (url) =>
      virt(url, ['list'], ['net-list'], ['hostname']),
    );
    expect(procedures).to.include('GET_HOSTNAME');
  });

  /** One call, without a session. */
  async function nodeInfo(url: string): Promise<void> {
    const { status, err } = await run(['call', url, 'VIRT.GET_NODEINFO']);
    expect(status, err).to.equal(0);
  }

  it('UDP', async () => {
    const procedures = await through({ target: at.udp, listen: 'udp://127.0.0.1:0' }, nodeInfo);
    expect(procedures).to.deep.equal(['GET_NODEINFO']);
  });

  for (const [name, behind, front] of [
    ['TLS that ends at the proxy', false, true],
    ['TLS that begins at the proxy, by STARTTLS', true, false],
    ['TLS on both sides', true, true],
  ] as const) {
    it(`${name}, in the clear (needs openssl)`, async function () {
      if (certificates === null) return this.skip();
      const { ca, server } = certificates;
      const trusting = `?ca=${ca}&servername=localhost`;
      const sides = {
        target: behind ? `${at.tls}${trusting}&starttls=1` : at.tcp,
        listen: front ? `tls://127.0.0.1:0?cert=${server.cert}&key=${server.key}` : 'tcp://127.0.0.1:0',
        client: (url: string) => (front ? url + trusting : url),
      };
      expect(await through(sides, nodeInfo)).to.deep.equal(['GET_NODEINFO']);
    });
  }
});

const missing = noNamespace() ?? missingPrograms(['tshark', 'dumpcap', 'tcpdump']).join(', ');

describe(`peers: a capture of an interface${missing === '' ? '' : ` (skipped: no ${missing})`}`, function () {
  this.timeout(30_000);
  // biome-ignore lint/suspicious/noExplicitAny: plain data of the script beside
  let found: any;

  before(function () {
    if (missing !== '') this.skip();
    found = inNamespace('capture.ts', 29_000);
  });

  for (const program of ['dumpcap', 'tcpdump']) {
    it(`by ${program} has the calls that the client made, to us and to tshark`, () => {
      const { status, err, calls, tshark: seen } = found[program];
      expect(status, err).to.equal(130);
      expect(err).to.match(new RegExp(`capturing on lo \\(tcp port \\d+\\) with ${program}`));
      expect(err).to.match(/packets in .*; 0 dropped by the system/);
      const names = calls.map(({ procedureName }: Call) => procedureName);
      const session = (...asked: string[]) => ['VERSION_EXCHANGE', 'OPEN', ...asked, 'CLOSE'];
      expect(names).to.deep.equal([...session('LIST_ALL_DOMAINS'), ...session('GET_NODEINFO')]);
      expect(messagesOf(seen)).to.have.deep.members(messagesFor(calls));
    });
  }
});
