/**
 * The dissector as a target: an input is a few packets of one conversation, over TCP or UDP, and all that `inspect` shows
 * of them is made, column line, tree, bytes. Nothing but what it throws is wrong. Each input has a dissector of its own,
 * so that it alone says what happens.
 */
import { encodeCall, encodeRecord, encodeReply, type Program } from '../codec/rpc/index.ts';
import type { Rng } from '../codec/xdr/index.ts';
import { emptyPacket } from '../dissector/capture/parser.ts';
import { Inspection } from '../dissector/inspect.ts';
import { ByteWriter } from '../dissector/output/byte-writer.ts';
import { DetailWriter, SummaryWriter } from '../dissector/output/write-text.ts';
import type { DeclaredLookup } from '../dissector/tree/programs.ts';
import type { FuzzProcedure } from './plan.ts';
import { randomEncoding } from './random-encoding.ts';

const ETHERNET = 1;
const RAW_IP = 101;
const UDP = 17;
const TCP = 6;
const IP_BYTES = 20;
const HEADER_BYTES: Readonly<Record<number, number>> = { [UDP]: 8, [TCP]: 20 };
const PORTS = [900, 2049] as const;
const MOST_PACKETS = 16;

/** Before each payload, bits for the transport, the direction, and what was lost before it; and its length. */
const IS_TCP = 0x8000;
const IS_REPLY = 0x4000;
const IS_LATE = 0x2000;
/** no payload but a whole frame as it was on an Ethernet */
const IS_FRAME = 0x1000;
const LENGTH = 0x0fff;

export interface InspectTarget {
  execute(input: Uint8Array): void;
  /** an input of these messages, client and server in turns */
  input(messages: readonly Uint8Array[], tcp: boolean): Uint8Array;
  /** an input of a call and its reply */
  generate(random: Rng): Uint8Array;
}

export function inspectTarget(
  programs: readonly Program[],
  declared: DeclaredLookup,
  procedures: readonly FuzzProcedure[],
): InspectTarget {
  const writer = new ByteWriter({ write: () => {} });
  return {
    execute(input) {
      const inspection = new Inspection({ programs, declared });
      const tree = inspection.tree();
      const [lines, details] = [new SummaryWriter(writer), new DetailWriter(writer)];
      inspection.addOutput(
        {
          frame(frame, pdus) {
            lines.frame(inspection.walker.summary(frame, pdus));
            details.frame(tree.roots);
          },
        },
        true,
      );
      for (const packet of packetsOf(input)) inspection.packet(packet, { interfaces: [] });
      inspection.finish();
    },
    input,
    generate(random) {
      const chosen = procedures[random() % procedures.length];
      if (chosen === undefined) return new Uint8Array(0);
      const { program, version, declared: known } = chosen;
      const { number: procedure, argument, result } = known.procedure;
      const xid = random();
      const call = encodeCall({ xid, program, version, procedure }, randomEncoding(argument, random));
      const reply = encodeReply({ xid, verdict: 'SUCCESS' }, randomEncoding(result, random));
      return input([call, reply], random() % 2 === 0);
    },
  };
}

function input(messages: readonly Uint8Array[], tcp: boolean): Uint8Array {
  const parts = messages.map((message, i) => {
    const payload = tcp ? encodeRecord(message) : message;
    const head = (tcp ? IS_TCP : 0) | (i % 2 === 0 ? 0 : IS_REPLY) | Math.min(payload.length, LENGTH);
    return Buffer.concat([Uint8Array.of(head >> 8, head), payload.subarray(0, LENGTH)]);
  });
  return new Uint8Array(Buffer.concat(parts));
}

function* packetsOf(input: Uint8Array) {
  const next: [number, number] = [1, 1];
  let number = 0;
  for (let at = 0; at + 2 <= input.length && number < MOST_PACKETS; ) {
    const head = ((input[at] as number) << 8) | (input[at + 1] as number);
    const payload = input.subarray(at + 2, at + 2 + (head & LENGTH));
    at += 2 + payload.length;
    const dir = (head & IS_REPLY) === 0 ? 0 : 1;
    // What was lost, or comes again, is a matter of the sequence number.
    if ((head & IS_LATE) !== 0) next[dir] += dir === 0 ? payload.length : -payload.length;
    number++;
    if ((head & IS_FRAME) !== 0) {
      yield packetOf(Buffer.from(payload), number, ETHERNET);
      continue;
    }
    const buf = datagram((head & IS_TCP) === 0 ? UDP : TCP, dir, next[dir] >>> 0, payload);
    next[dir] += payload.length;
    yield packetOf(buf, number, RAW_IP);
  }
}

function packetOf(buf: Buffer, number: number, linkType: number) {
  const view = new DataView(buf.buffer, buf.byteOffset, buf.length);
  const { length } = buf;
  return {
    ...emptyPacket(),
    number,
    hasTime: true,
    sec: number,
    caplen: length,
    len: length,
    buf,
    view,
    linkType,
  };
}

/** IPv4 with UDP or TCP in it; checksums are nobody's business here. */
function datagram(protocol: number, dir: 0 | 1, seq: number, payload: Uint8Array): Buffer {
  const transport = HEADER_BYTES[protocol] as number;
  const length = IP_BYTES + transport + payload.length;
  const bytes = Buffer.alloc(length);
  bytes[0] = 0x45;
  bytes.writeUInt16BE(length, 2);
  bytes[8] = 64;
  bytes[9] = protocol;
  bytes.writeUInt32BE(0x0a000001 + dir, 12);
  bytes.writeUInt32BE(0x0a000002 - dir, 16);
  bytes.writeUInt16BE(PORTS[dir], IP_BYTES);
  bytes.writeUInt16BE(PORTS[1 - dir] as number, IP_BYTES + 2);
  if (protocol === UDP) bytes.writeUInt16BE(8 + payload.length, IP_BYTES + 4);
  else {
    bytes.writeUInt32BE(seq, IP_BYTES + 4);
    bytes.writeUInt16BE(0x5018, IP_BYTES + 12);
  }
  bytes.set(payload, IP_BYTES + transport);
  return bytes;
}
