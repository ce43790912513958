/**
 * TLS sessions of Node, OpenSSL and GnuTLS, decrypted: what their peers said, byte for byte, and the RPC messages in
 * it; the same as tshark finds with the same key log.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CaptureParser, Synthesiser } from '../../dissector/capture/index.ts';
import { Inspection } from '../../dissector/inspect.ts';
import type { PduList } from '../../dissector/session/index.ts';
import { decryptedData, KeyLog } from '../../dissector/tls/index.ts';
import { hasPeer, runTlsSession, type TapChunk, type TlsCase, type TlsSession } from './tls-peers.ts';
import { hasTshark } from './tshark.ts';

const GCM = 'TLS_AES_128_GCM_SHA256';
const SUITES_13 = [
  GCM,
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_CCM_SHA256',
  'TLS_AES_128_CCM_8_SHA256',
];
const SUITES_12 = [
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'DHE-RSA-AES128-CCM',
  'AES256-CCM8',
  'ECDHE-RSA-AES128-SHA',
  'AES256-SHA',
  'AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-RSA-AES256-SHA384',
];

type Openssl = Omit<TlsCase, 'client' | 'server'>;
const openssl = (c: Openssl): TlsCase => ({ client: 'openssl', server: 'openssl', ...c });

const CASES: readonly TlsCase[] = [
  ...SUITES_13.map((suite) => openssl({ name: `TLS 1.3 ${suite}`, version: '1.3', suite })),
  ...SUITES_12.map((suite) => openssl({ name: `TLS 1.2 ${suite}`, version: '1.2', suite })),
  openssl({
    name: 'MAC before encryption',
    version: '1.2',
    suite: 'ECDHE-RSA-AES256-SHA384',
    clientArgs: ['-no_etm'],
  }),
  openssl({ name: 'keys updated by both', version: '1.3', command: 'K' }),
  openssl({ name: 'keys updated by the client', version: '1.3', command: 'k' }),
  openssl({
    name: 'TLS 1.2 renegotiated',
    version: '1.2',
    command: 'R',
    serverArgs: ['-client_renegotiation'],
  }),
  openssl({ name: 'TLS 1.3 resumed', version: '1.3', resume: true }),
  openssl({ name: 'TLS 1.2 resumed by ticket', version: '1.2', resume: true }),
  openssl({ name: 'TLS 1.2 resumed by id', version: '1.2', resume: true, clientArgs: ['-no_ticket'] }),
  openssl({
    name: '0-RTT data',
    version: '1.3',
    resume: true,
    early: true,
    serverArgs: ['-early_data'],
  }),
  openssl({
    name: '0-RTT data refused',
    version: '1.3',
    resume: true,
    early: true,
    clientArgs: ['-groups', 'X25519:P-384'],
    serverArgs: ['-early_data', '-groups', 'P-384'],
  }),
  openssl({
    name: 'another hello asked for',
    version: '1.3',
    clientArgs: ['-groups', 'X25519:P-384'],
    serverArgs: ['-groups', 'P-384'],
  }),
  openssl({
    name: 'padded records',
    version: '1.3',
    clientArgs: ['-record_padding', '512'],
    serverArgs: ['-record_padding', '512'],
  }),
  openssl({ name: 'small records', version: '1.3', clientArgs: ['-max_send_frag', '512'] }),
  openssl({ name: 'no middlebox', version: '1.3', clientArgs: ['-no_middlebox'] }),
  { name: 'Node, TLS 1.3', client: 'node', server: 'node', version: '1.3', resume: true },
  { name: 'Node, TLS 1.2', client: 'node', server: 'node', version: '1.2', resume: true },
  { name: 'GnuTLS client, TLS 1.3', client: 'gnutls', server: 'openssl', version: '1.3' },
  { name: 'GnuTLS client, TLS 1.2', client: 'gnutls', server: 'node', version: '1.2' },
  {
    name: 'GnuTLS client, CBC',
    client: 'gnutls',
    server: 'openssl',
    version: '1.2',
    priority: '-CIPHER-ALL:+AES-128-CBC',
  },
  { name: 'GnuTLS server, TLS 1.3', client: 'node', server: 'gnutls', version: '1.3' },
  { name: 'GnuTLS server, TLS 1.2', client: 'openssl', server: 'gnutls', version: '1.2' },
];

/** What passed as a capture; connection n comes from port 40000 + n. */
function captureOf(chunks: readonly TapChunk[]): Buffer {
  const blocks: Buffer[] = [];
  let millis = 0;
  const synthesiser = new Synthesiser({
    write: (block) => blocks.push(Buffer.from(block)),
    now: () => ({ sec: 1_700_000_000, nsec: ++millis * 1_000_000 }),
  });
  const sinks = new Map<number, ReturnType<Synthesiser['open']>>();
  for (const { connection, dir, bytes } of chunks) {
    let sink = sinks.get(connection);
    if (sink === undefined) {
      const end = (port: number) => ({ text: `127.0.0.1:${port}`, address: '127.0.0.1', port });
      sink = synthesiser.open({
        kind: 'tcp',
        side: 'client',
        local: end(40_000 + connection),
        remote: end(2049),
      });
      sinks.set(connection, sink);
    }
    sink.message(dir === 0 ? 'sent' : 'received', [bytes]);
  }
  return Buffer.concat(blocks);
}

interface Decrypted {
  /** by connection: what client and server said */
  readonly said: [Buffer, Buffer][];
  readonly messages: string[];
  readonly sealed: string[];
}

function decrypt(capture: Buffer, keyLog: string): Decrypted {
  const keys = new KeyLog();
  keys.add(keyLog);
  const inspection = new Inspection({ keyLog: keys });
  const out: Decrypted = { said: [], messages: [], sealed: [] };
  inspection.addTap(
    {
      add(frame, list: PduList) {
        const { flow } = frame;
        if (flow === null) return;
        out.said[flow.index] ??= [Buffer.alloc(0), Buffer.alloc(0)];
        const said = out.said[flow.index]!;
        const data = decryptedData(list.tls);
        if (data !== null) said[frame.dir] = Buffer.concat([said[frame.dir], data]);
        for (const record of list.tls) if (record.sealed !== null) out.sealed.push(record.sealed);
        for (const pdu of list.pdus.slice(0, list.count)) {
          out.messages.push(`${flow.index} ${pdu.kind} ${pdu.msgtyp} ${pdu.xid} ${pdu.wireLen}`);
        }
      },
    },
    true,
  );
  const parser = new CaptureParser();
  parser.reserve(capture.length).set(capture);
  parser.commit(capture.length);
  parser.end();
  for (let packet = parser.next(); packet !== null; packet = parser.next()) inspection.packet(packet, parser);
  inspection.finish();
  return out;
}

/** The plaintext of a connection as tshark has it. */
function tsharkFollows(file: string, keys: string, connection: number): [Buffer, Buffer] {
  const { stdout } = spawnSync(
    'tshark',
    [
      '-n',
      '-q',
      '-r',
      file,
      '-o',
      `tls.keylog_file:${keys}`,
      '-d',
      'tcp.port==2049,tls',
      '-z',
      `follow,tls,raw,${connection}`,
    ],
    { encoding: 'latin1', maxBuffer: 1 << 28 },
  );
  const said: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)];
  let client: string | undefined;
  for (const line of stdout.split('\n')) {
    const match = /^(\t?)([0-9a-f]+)$/.exec(line);
    if (match === null) continue;
    // which side is set back is another matter than which one is the client; the client speaks first
    client ??= match[1];
    const dir = match[1] === client ? 0 : 1;
    said[dir] = Buffer.concat([said[dir], Buffer.from(match[2]!, 'hex')]);
  }
  return said;
}

describe('peers: TLS', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-tls-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [i, c] of CASES.entries()) {
    describe(c.name, () => {
      const missing = [...new Set([c.client, c.server])].find((kind) => !hasPeer(kind));
      if (missing !== undefined) {
        it(`needs ${missing}`, function () {
          this.skip();
        });
        return;
      }
      let session: TlsSession;
      let capture: Buffer;
      before(async () => {
        session = await runTlsSession({ ...c, name: `case${i}` }, folder);
        capture = captureOf(session.chunks);
      });

      it('gives what both sides said, and the RPC in it', () => {
        const { said, messages, sealed } = decrypt(capture, session.keyLog);
        expect(sealed.filter((why) => c.name !== '0-RTT data refused' || why !== 'bad tag')).to.deep.equal(
          [],
        );
        expect(said.length).to.equal(session.sent.length);
        for (const [k, [client, server]] of session.sent.entries()) {
          expect(
            said[k]![0].equals(client),
            `client ${k}: ${said[k]![0].length} of ${client.length}`,
          ).to.equal(true);
          expect(
            said[k]![1].equals(server),
            `server ${k}: ${said[k]![1].length} of ${server.length}`,
          ).to.equal(true);
        }
        if (c.server === 'gnutls') return;
        const perConnection = session.sent.map(
          (_, k) => messages.filter((m) => m.startsWith(`${k} `)).length,
        );
        expect(perConnection).to.deep.equal(session.sent.map((_, k) => (c.early && k === 1 ? 7 : 6)));
      });

      it('shows nothing without the keys', () => {
        const { said, sealed, messages } = decrypt(capture, '');
        expect(said.every(([client, server]) => client.length + server.length === 0)).to.equal(true);
        expect(messages).to.deep.equal([]);
        expect(new Set(sealed)).to.deep.equal(new Set(['no keys']));
      });

      it(`agrees with tshark${hasTshark ? '' : ' (needs tshark)'}`, function () {
        if (!hasTshark) return this.skip();
        const file = join(folder, `case${i}.pcapng`);
        writeFileSync(file, capture);
        const ours = decrypt(capture, session.keyLog);
        for (const k of session.sent.keys()) {
          const theirs = tsharkFollows(file, join(folder, `case${i}.keys`), k);
          expect([ours.said[k]![0].toString('hex'), ours.said[k]![1].toString('hex')]).to.deep.equal(
            theirs.map((bytes) => bytes.toString('hex')),
          );
        }
      });
    });
  }
});
