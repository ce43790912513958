/**
 * Our captures through tshark and through us: the same fields, the same lines. The program layers are our own and
 * left out.
 */
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { isKnownProgram } from '../../codec/programs/index.ts';
import { forEachPacket } from '../../dissector/capture/index.ts';
import type { Frame } from '../../dissector/network/index.ts';
import { NetworkDecoder } from '../../dissector/network/index.ts';
import { ByteWriter, DetailWriter, FieldsWriter, JsonWriter } from '../../dissector/output/index.ts';
import { type PduList, Session } from '../../dissector/session/index.ts';
import { FieldCollector, PacketWalker, TreeBuilder } from '../../dissector/tree/index.ts';
import { TextSink } from '../dissector/tree/explain.ts';
import { hasTshark, tshark } from './tshark.ts';

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

/** The tree of each frame, given to a writer. */
async function trees(file: string, write: (tree: TreeBuilder, frame: Frame) => void): Promise<void> {
  await run(file, (walker) => {
    const tree = new TreeBuilder();
    walker.attach(tree);
    return (frame, list) => {
      tree.reset();
      walker.walk(frame, list, tree);
      write(tree, frame);
    };
  });
}

/** The blocks of -V that begin with `heading`. */
function blocks(text: string, heading: string): string[] {
  return text
    .split(/\n(?! )/)
    .filter((block) => block.startsWith(heading))
    .map((block) => block.trimEnd());
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

  it('prints the RPC, IP and Ethernet layers line for line', async function () {
    this.timeout(20_000);
    const [file = ''] = FILES;
    const sink = new TextSink();
    const bytes = new ByteWriter(sink);
    const writer = new DetailWriter(bytes);
    await trees(file, (tree, frame) => writer.frame(tree.roots, frame.packet));
    writer.end();
    const theirs = tshark(path(file), '-V');
    for (const heading of ['Remote Procedure Call', 'Internet Protocol', 'Ethernet']) {
      expect(blocks(sink.text, heading), heading).to.deep.equal(blocks(theirs, heading));
    }
  });

  it('prints the RPC layer in JSON as tshark does', async function () {
    this.timeout(20_000);
    const [file = ''] = FILES;
    const sink = new TextSink();
    const bytes = new ByteWriter(sink);
    const writer = new JsonWriter(bytes, {
      noDuplicateKeys: false,
      filter: { protocols: new Set(['rpc']), deep: true },
    });
    writer.begin();
    await trees(file, (tree, frame) => writer.frame(tree.roots, frame.packet));
    writer.end();
    const rpc = (text: string) => text.match(/^ {8}"rpc": \{\n(?: {10}.*\n)+ {8}\}/gm);
    const ours = rpc(sink.text);
    expect(ours?.length).to.be.greaterThan(100);
    expect(ours).to.deep.equal(rpc(tshark(path(file), '-T', 'json', '-J', 'rpc')));
  });
});
