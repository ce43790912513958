/**
 * The capture reader on a 150 MB file: ours beside pcap-parser, then ours with the network layers and TCP
 * reassembly behind it. In one process and interleaved, every subject must count the same packets and bytes. The
 * yardstick, which reads, decodes and pairs with every check left out, runs as a process of its own.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { parse } from 'pcap-parser';
import { forEachPacket } from '../dissector/capture/index.ts';
import { NetworkDecoder, TcpReassembler } from '../dissector/network/index.ts';
import { bigCapture, sharedTool } from './big-capture.ts';
import { median, type Row, times } from './row.ts';

const BYTES = 150_000_000;
const ROUNDS = 5;

interface Count {
  packets: number;
  bytes: number;
}

interface Subject {
  readonly name: string;
  /** undefined: it tells no count */
  readonly read: (capture: string) => Promise<Count | undefined>;
}

async function readAlone(capture: string): Promise<Count> {
  const count = { packets: 0, bytes: 0 };
  await forEachPacket(capture, (packet) => {
    count.packets++;
    count.bytes += packet.caplen;
  });
  return count;
}

async function readAndDecode(capture: string): Promise<Count> {
  const count = { packets: 0, bytes: 0 };
  const decoder = new NetworkDecoder();
  await forEachPacket(capture, (packet) => {
    const frame = decoder.decode(packet);
    if (frame.transport === 0) throw new Error(`frame ${packet.number} was not decoded`);
    count.packets++;
    count.bytes += packet.caplen;
  });
  return count;
}

async function readAndReassemble(capture: string): Promise<Count> {
  const count = { packets: 0, bytes: 0 };
  const decoder = new NetworkDecoder();
  let streamBytes = 0;
  const reassembler = new TcpReassembler({
    onStart: () => {},
    onBytes: (_flow, _dir, _buf, _view, _off, len) => {
      streamBytes += len;
    },
    onGap: () => {},
    onClose: () => {},
  });
  await forEachPacket(capture, (packet) => {
    reassembler.segment(decoder.decode(packet));
    count.packets++;
    count.bytes += packet.caplen;
  });
  if (streamBytes === 0) throw new Error('nothing was reassembled');
  return count;
}

function readWithPcapParser(capture: string): Promise<Count> {
  return new Promise((resolve, reject) => {
    const count = { packets: 0, bytes: 0 };
    const parser = parse(createReadStream(capture, { highWaterMark: 1 << 20 }));
    parser.on('packet', (packet: { data: Buffer }) => {
      count.packets++;
      count.bytes += packet.data.length;
    });
    parser.on('error', reject);
    parser.on('end', () => resolve(count));
  });
}

function subjects(): Subject[] {
  const all: Subject[] = [
    { name: 'reader', read: readAlone },
    { name: 'pcap-parser', read: readWithPcapParser },
    { name: 'reader and network layers', read: readAndDecode },
    { name: 'reader, network layers and TCP reassembly', read: readAndReassemble },
  ];
  const floor = sharedTool('floor-inspect.mjs');
  if (floor !== undefined) {
    all.push({
      name: 'yardstick (a whole process, RPC pairing too)',
      read: async (capture) => {
        const run = spawnSync(process.execPath, [floor, capture, 'count']);
        if (run.status !== 0) throw new Error(`the yardstick exited ${run.status}`);
        return undefined;
      },
    });
  }
  return all;
}

/** `file` overrides the capture that is made for the purpose; a longer one would tell nothing more. */
export async function run({ file }: { readonly file?: string; readonly long?: boolean }): Promise<Row[]> {
  const capture = file ?? bigCapture(BYTES);
  const seconds = new Map(subjects().map((subject) => [subject, [] as number[]]));
  let expected: Count | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [subject, taken] of seconds) {
      const start = process.hrtime.bigint();
      const count = await subject.read(capture);
      taken.push(Number(process.hrtime.bigint() - start) / 1e9);
      expected ??= count;
      if (count !== undefined && (count.packets !== expected?.packets || count.bytes !== expected.bytes)) {
        throw new Error(
          `${subject.name} counts ${count.packets} packets, ${expected?.packets} were expected`,
        );
      }
    }
  }
  const medians = [...seconds].map(([{ name }, taken]) => ({ name, seconds: median(taken) }));
  const peer = medians.find(({ name }) => name === 'pcap-parser');
  return medians.map(({ name, seconds: taken }) => ({
    name,
    value: (expected?.packets ?? 0) / taken / 1e6,
    unit: 'M packets/s',
    ...(peer && name !== peer.name
      ? { note: `${times(peer.seconds / taken, 'as fast')} as pcap-parser` }
      : {}),
  }));
}
