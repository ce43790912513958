/** The Info column of RPC messages, made up and recorded, as tshark has it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ProgramTable } from '../../codec/programs/index.ts';
import { encodeCall, encodeReply } from '../../codec/rpc/index.ts';
import { encode, randomValue, rngOf } from '../../codec/xdr/index.ts';
import { pcapHeader, pcapRecord } from '../../dissector/capture/write-pcap.ts';
import { run } from '../cli/fake-io.ts';
import { ethernet, ipv4, ipv6, tcpPacket, u16, u32, udpPacket } from '../dissector/network/build.ts';
import { capturePath } from '../dissector/stats/run-statistic.ts';
import { hasTshark, tshark } from './tshark.ts';

const COLUMNS = ['-T', 'fields', '-e', '_ws.col.Protocol', '-e', '_ws.col.Info'];

/** Calls of a program and their replies, between a client and port 2049. */
class Conversation {
  readonly #records: Uint8Array[] = [pcapHeader(1)];
  readonly #program: number;
  readonly #version: number;
  #xid = 0;

  constructor(program: number, version: number) {
    this.#program = program;
    this.#version = version;
  }

  add(procedure: number, args: Uint8Array, results: Uint8Array): void {
    const xid = ++this.#xid;
    const names = { program: this.#program, version: this.#version, procedure };
    const call = encodeCall({ xid, ...names }, args);
    const reply = encodeReply({ xid, verdict: 'SUCCESS' }, results);
    this.#packet(udpPacket('10.0.0.1', 800, '10.0.0.2', 2049, call));
    this.#packet(udpPacket('10.0.0.2', 2049, '10.0.0.1', 800, reply));
  }

  #packet(bytes: Uint8Array): void {
    this.#records.push(pcapRecord(1, this.#records.length, bytes));
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#records);
  }
}

describe(`peers: the Info column of tshark${hasTshark ? '' : ' (skipped: no tshark)'}`, function () {
  this.timeout(60_000);
  let folder = '';

  before(function () {
    if (!hasTshark) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'oncilla-info-'));
  });

  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  async function compare(file: string, filter = ''): Promise<number> {
    const asked = [...COLUMNS, ...(filter === '' ? [] : ['-Y', filter])];
    const theirs = tshark(file, ...asked).split('\n');
    const { out } = await run(['inspect', '-r', file, ...asked]);
    expect(out.split('\n')).to.deep.equal(theirs);
    return theirs.length;
  }

  for (const [program, version, seeds] of [
    [100003, 2, 12],
    [100003, 3, 12],
    [100005, 3, 12],
    [100021, 3, 4],
    [100021, 4, 4],
  ] as const) {
    it(`is ours for random messages of program ${program}, version ${version}`, async () => {
      const table = new ProgramTable();
      await table.load(program, version);
      const conversation = new Conversation(program, version);
      for (const { number, argument, result } of table.version(program, version)!.procedures) {
        for (let seed = 0; seed < seeds; seed++) {
          const rng = rngOf(number * 100 + seed);
          const args = encode(argument, randomValue(argument, rng, { plainText: true }));
          conversation.add(number, args, encode(result, randomValue(result, rng, { plainText: true })));
        }
      }
      const file = join(folder, `${program}-${version}.pcap`);
      writeFileSync(file, conversation.bytes());
      expect(await compare(file)).to.be.above(seeds);
    });
  }

  it('is ours for the portmapper, whatever it is asked for', async () => {
    const conversation = new Conversation(100000, 2);
    for (const [program, protocol, port] of [
      [100003, 6, 2049],
      [100005, 17, 0],
      [0x20004c45, 1, 65_535],
    ] as const) {
      const words = [program, 3, protocol, 0].flatMap((word) => [word >>> 24, word >> 16, word >> 8, word]);
      conversation.add(3, Uint8Array.from(words), Uint8Array.of(0, 0, port >> 8, port));
    }
    const file = join(folder, 'portmap.pcap');
    writeFileSync(file, conversation.bytes());
    await compare(file);
  });

  it('is ours for recorded sessions', async () => {
    // 564 is 9P for tshark, and of READDIRPLUS names it cuts those in UTF-8
    const comparable = 'rpc && tcp.port != 564 && !(nfs.procedure_v3 == 17)';
    expect(await compare(capturePath('nfs3-libnfs.pcap'), comparable)).to.be.above(80);
    // tshark forgets the handle at GETFH
    expect(await compare(capturePath('nfs4-libnfs.pcap'), 'rpc && frame.number != 14')).to.be.above(50);
  });

  it('is ours for a message of several segments, in lines too', async () => {
    // WRITE: a handle, where, how much, FILE_SYNC and the data, which no line shows
    const args = Buffer.concat([u32(8), Buffer.alloc(8, 1), u32(0, 4096, 1800, 2, 1800), Buffer.alloc(1800)]);
    const names = { program: 100003, version: 3 };
    const records = [pcapHeader(1)];
    let seq = 1;
    const send = (bytes: Uint8Array) => {
      const where = { srcPort: 800, dstPort: 2049, seq };
      records.push(pcapRecord(1, records.length, tcpPacket('10.0.0.1', '10.0.0.2', where, bytes)));
      seq += bytes.length;
    };
    const marked = (call: Uint8Array) => Buffer.concat([u32(0x8000_0000 + call.length), call]);
    // tshark says of a segment that it belongs to a message once it has seen one on the connection
    send(marked(encodeCall({ xid: 6, ...names, procedure: 0 }, new Uint8Array(0))));
    const bytes = marked(encodeCall({ xid: 7, ...names, procedure: 7 }, args));
    for (let at = 0; at < bytes.length; at += 700) send(bytes.subarray(at, at + 700));
    const file = join(folder, 'segments.pcap');
    writeFileSync(file, Buffer.concat(records));
    expect(await compare(file)).to.equal(5);
    const { out } = await run(['inspect', '-n', '-r', file]);
    expect(out).to.equal(tshark(file));
    expect(out).to.match(/V3 WRITE Call, FH: 0x\w+ Offset: 4096 Len: 1800 FILE_SYNC\n/);
  });

  it('is ours for ARP, echoes and what the snap length left', async () => {
    // a reply belongs to no request for tshark unless its checksum is right
    const echo = (type: number) => {
      const words = [type << 8, 7, 317, 0x6461, 0x7461];
      const sum = words.reduce((total, word) => total + word, 0);
      return u16(words[0]!, ~((sum & 0xffff) + (sum >> 16)) & 0xffff, ...words.slice(1));
    };
    const arp = (operation: number, sender: number) =>
      ethernet(
        0x0806,
        Buffer.concat([
          u16(1, 0x0800, 0x0604, operation),
          Buffer.of(2, 0, 0, 0, 0, sender, 10, 0, 0, sender),
        ]),
        '020000000001',
        '020000000002',
      );
    const target = (of: number) => Buffer.of(2, 0, 0, 0, 0, of, 10, 0, 0, of);
    const packets = [
      Buffer.concat([arp(1, 1), target(2)]),
      Buffer.concat([arp(2, 2), target(1)]),
      Buffer.concat([arp(1, 3), target(3)]),
      Buffer.concat([arp(1, 3), Buffer.of(0, 0, 0, 0, 0, 0, 10, 0, 0, 3)]),
      Buffer.concat([arp(2, 3), target(3)]),
      ethernet(0x0800, ipv4('10.0.0.1', '10.0.0.2', 1, echo(8))),
      ethernet(0x0800, ipv4('10.0.0.2', '10.0.0.1', 1, echo(0))),
      ethernet(0x86dd, ipv6('fd00::1', 'fd00::2', 58, echo(128))),
    ];
    const cut = ethernet(0x0800, ipv4('10.0.0.1', '10.0.0.2', 17, Buffer.alloc(40)));
    const records = packets.map((bytes, i) => pcapRecord(1, i, bytes));
    const file = join(folder, 'others.pcap');
    const all = [pcapHeader(1), ...records, pcapRecord(2, 0, cut.subarray(0, 34), cut.length)];
    writeFileSync(file, Buffer.concat(all));
    expect(await compare(file)).to.equal(10);
  });

  it('says that a message was cut, or is broken', async () => {
    const body = Buffer.alloc(4, 0xff);
    const conversation = new Conversation(100003, 3);
    conversation.add(1, body, body);
    const file = join(folder, 'broken.pcap');
    writeFileSync(file, conversation.bytes());
    const { out } = await run(['inspect', '-r', file, ...COLUMNS]);
    expect(out.split('\n')[0]).to.equal('NFS\tV3 GETATTR Call[Malformed Packet]');
    await compare(file);
  });
});
