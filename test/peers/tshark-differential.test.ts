/**
 * Our captures through tshark and through us: the same fields, the same lines. The program layers are our own and
 * left out.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { isKnownProgram } from '../../codec/programs/index.ts';
import { forEachPacket } from '../../dissector/capture/index.ts';
import { pcapHeader, pcapRecord } from '../../dissector/capture/write-pcap.ts';
import type { Frame } from '../../dissector/network/index.ts';
import { NetworkDecoder } from '../../dissector/network/index.ts';
import { ByteWriter, FieldsWriter } from '../../dissector/output/index.ts';
import { type PduList, Session } from '../../dissector/session/index.ts';
import { FieldCollector, PacketWalker } from '../../dissector/tree/index.ts';
import { run as command } from '../cli/fake-io.ts';
import { geneve, inner, innerFrame, TUNNELS, vxlan } from '../dissector/network/tunnel-packets.ts';
import { TextSink } from '../dissector/tree/explain.ts';
import { hasTshark, tshark } from './tshark.ts';
import { type Layer, layersOf, type Shape } from './tshark-layers.ts';

const FILES = ['nfs3-libnfs.pcap', 'nfs4-libnfs.pcap', 'rpcbind-tcp-udp.pcap', 'ledger-udp.pcap'];
const path = (file: string) => fileURLToPath(new URL(`../../captures/${file}`, import.meta.url));

const FIELDS =
  `frame.number frame.len frame.cap_len frame.time_epoch frame.time frame.time_delta frame.time_relative
  eth.src eth.dst eth.type ip.src ip.dst ip.id ip.flags ip.ttl ip.checksum ip.len ipv6.src ipv6.nxt
  tcp.srcport tcp.dstport tcp.port tcp.stream tcp.len tcp.seq tcp.seq_raw tcp.nxtseq tcp.ack tcp.ack_raw tcp.flags
  tcp.flags.str tcp.hdr_len tcp.window_size_value tcp.window_size tcp.window_size_scalefactor tcp.checksum
  tcp.options tcp.options.timestamp.tsval tcp.time_relative tcp.time_delta tcp.payload
  udp.srcport udp.dstport udp.length udp.checksum udp.payload
  rpc.xid rpc.msgtyp rpc.version rpc.program rpc.programversion rpc.procedure rpc.replystat rpc.state_accept
  rpc.state_reject rpc.auth.flavor rpc.auth.length rpc.auth.machinename rpc.auth.stamp rpc.auth.uid rpc.auth.gid
  rpc.time rpc.repframe rpc.lastfrag rpc.fraglen rpc.call.dup rpc.reply.dup rpc.fragment.count`.split(/\s+/);

/** Runs a capture through us as --tshark-compat does. */
async function run(
  file: string,
  prepare: (walker: PacketWalker) => (frame: Frame, list: PduList) => void,
): Promise<void> {
  const walker = new PacketWalker({ tshark: true });
  const visit = prepare(walker);
  const decoder = new NetworkDecoder();
  const session = new Session({ compat: true, knownProgram: isKnownProgram });
  await forEachPacket(path(file), (packet) => {
    const frame = decoder.decode(packet);
    const list = session.process(frame);
    walker.begin(frame, list);
    visit(frame, list);
    walker.displayed();
  });
}

const SHAPES: readonly (readonly [shape: Shape, flags: readonly string[]])[] = [
  ['text', ['-V']],
  ['json', ['-T', 'json']],
  ['jsonraw', ['-T', 'jsonraw']],
  ['json', ['-T', 'json', '-x', '-J', 'eth rpc']],
  ['json', ['-T', 'json', '-j', 'ip tcp rpc']],
  ['json', ['-T', 'json', '--no-duplicate-keys']],
  ['ek', ['-T', 'ek']],
  ['ek', ['-T', 'ek', '-x']],
  ['pdml', ['-T', 'pdml']],
  ['pdml', ['-T', 'pdml', '-j', 'udp rpc']],
];

function firstDifference(ours: Layer | undefined, theirs: Layer | undefined): string {
  const [a, b] = [ours?.text.split('\n') ?? [], theirs?.text.split('\n') ?? []];
  const i = b.findIndex((line, at) => line !== a[at]);
  const at = i < 0 ? b.length : i;
  return `${theirs?.name}: line ${at}\n  tshark  ${b.slice(at, at + 3).join(' / ')}\n  oncilla ${a.slice(at, at + 3).join(' / ')}`;
}

describe(`against tshark${hasTshark ? '' : ' (skipped: tshark is not installed)'}`, () => {
  const zone = process.env.TZ;

  before(function () {
    if (!hasTshark) this.skip();
    process.env.TZ = 'UTC';
  });

  after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  for (const file of FILES) {
    it(`gives the fields of ${file}`, async function () {
      this.timeout(20_000);
      const sink = new TextSink();
      const bytes = new ByteWriter(sink);
      await run(file, (walker) => {
        const defs = FIELDS.map((name) => walker.registry.find(name)).filter((def) => def !== undefined);
        expect(defs.length).to.equal(FIELDS.length);
        const collector = new FieldCollector(defs);
        walker.attach(collector);
        const writer = new FieldsWriter(bytes, defs, collector);
        return (frame, list) => {
          collector.reset();
          walker.walk(frame, list, collector);
          writer.frame();
        };
      });
      bytes.flush();
      const theirs = tshark(path(file), '-T', 'fields', ...FIELDS.flatMap((name) => ['-e', name]));
      // a line is long: name what differs
      const differences = theirs.split('\n').flatMap((line, i) => {
        const ours = (sink.text.split('\n')[i] ?? '').split('\t');
        const values = line.split('\t').map((value, k) => [FIELDS[k] ?? '', value, ours[k] ?? '(none)']);
        return values
          .filter(([, a, b]) => a !== b)
          .map((v) => `frame ${i + 1}: ${v.join(' | ').slice(0, 200)}`);
      });
      expect(differences.join('\n')).to.equal('');
      expect(sink.text.length).to.equal(theirs.length);
    });
  }

  for (const [shape, flags] of SHAPES) {
    for (const file of FILES) {
      it(`prints the same layers with ${flags.join(' ')} of ${file}`, async function () {
        this.timeout(30_000);
        const ran = await command(['inspect', '-r', path(file), '--tshark-compat', ...flags]);
        const ours = layersOf(ran.out, shape);
        const theirs = layersOf(tshark(path(file), ...flags), shape);
        expect(theirs.length).to.be.greaterThan(20);
        const wrong = theirs.findIndex((layer, i) => layer.text !== ours[i]?.text);
        // a line shows what is wrong; all layers would take minutes to print
        expect(wrong < 0 ? '' : firstDifference(ours[wrong], theirs[wrong])).to.equal('');
        expect(ours.length).to.equal(theirs.length);
      });
    }
  }

  describe('in tunnels', () => {
    const folder = mkdtempSync(join(tmpdir(), 'oncilla-'));
    const file = join(folder, 'tunnels.pcap');

    before(() => {
      const elsewhere = [
        vxlan(innerFrame(inner(70)), 0x0800, 0, 5555),
        geneve(innerFrame(inner(71)), undefined, undefined, 0, 5556),
      ];
      const records = [...TUNNELS, ...elsewhere].map((packet, i) => pcapRecord(1_700_000_000 + i, 0, packet));
      writeFileSync(file, Buffer.concat([pcapHeader(1), ...records]));
    });

    after(() => rmSync(folder, { recursive: true }));

    for (const [shape, flags] of SHAPES.filter(([, flags]) => flags.length < 3)) {
      it(`prints the same layers with ${flags.join(' ')}`, async function () {
        this.timeout(30_000);
        const ports = ['-d', 'udp.port==5555,vxlan', '-d', 'udp.port==5556,geneve'];
        const ran = await command(['inspect', '-r', file, '--tshark-compat', ...ports, ...flags]);
        // IPv6's hidden ip.version is ours (docs/differences-from-wireshark.md)
        const held = (output: string) =>
          layersOf(output, shape).filter(({ name }) => !name.endsWith(' ipv6'));
        const ours = held(ran.out);
        const theirs = held(tshark(file, ...ports, ...flags));
        expect(theirs.length).to.be.greaterThan(150);
        const wrong = theirs.findIndex((layer, i) => layer.text !== ours[i]?.text);
        expect(wrong < 0 ? '' : firstDifference(ours[wrong], theirs[wrong])).to.equal('');
        expect(ours.length).to.equal(theirs.length);
      });
    }

    it('prints the same lines', async () => {
      const ran = await command(['inspect', '-r', file, '--tshark-compat']);
      expect(ran.out).to.equal(tshark(file));
    });
  });

  it('prints the packet list as XML', async () => {
    const file = 'rpcbind-tcp-udp.pcap';
    const ran = await command(['inspect', '-r', path(file), '--tshark-compat', '-T', 'psml', '-Y', 'rpc']);
    expect(ran.out).to.equal(tshark(path(file), '-T', 'psml', '-Y', 'rpc'));
  });

  for (const format of ['json', 'ek', 'pdml']) {
    it(`prints fields as ${format}`, async () => {
      const file = path('rpcbind-tcp-udp.pcap');
      const names = [
        'frame.number',
        'rpc.xid',
        'ip.addr',
        'frame.time',
        'udp.payload',
        'rpc',
        '_ws.col.Info',
      ];
      const flags = ['-T', format, ...names.flatMap((name) => ['-e', name])];
      // PDML says when it was made
      const plain = (text: string) => text.replace(/ time="[^"]*"/, '');
      const ran = await command(['inspect', '-r', file, '--tshark-compat', ...flags]);
      expect(plain(ran.out)).to.equal(plain(tshark(file, ...flags)));
    });
  }

  for (const flags of [['-x'], ['-x', '-P'], ['-P', '-V', '-O', 'rpc']]) {
    it(`prints text with ${flags.join(' ')}`, async () => {
      const file = path('rpcbind-tcp-udp.pcap');
      const only = ['-Y', 'rpc.msgtyp == 0', '-c', '9', ...flags];
      const ran = await command(['inspect', '-r', file, '--tshark-compat', ...only]);
      expect(ran.out).to.equal(tshark(file, ...only));
    });
  }
});
