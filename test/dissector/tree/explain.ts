/** Takes packets in memory through the whole dissector to a tree, or to the values of named fields. */
import { isKnownProgram } from '../../../codec/programs/index.ts';
import type { Packet } from '../../../dissector/capture/index.ts';
import { type Frame, NetworkDecoder } from '../../../dissector/network/index.ts';
import {
  ByteWriter,
  DEFAULT_FIELDS_OPTIONS,
  DetailWriter,
  type FieldsOptions,
  FieldsWriter,
} from '../../../dissector/output/index.ts';
import { type PduList, Session } from '../../../dissector/session/index.ts';
import {
  FieldCollector,
  PacketWalker,
  type PacketWalkerOptions,
  type Summary,
  TreeBuilder,
  type TreeNode,
} from '../../../dissector/tree/index.ts';
import { packetOf } from '../network/decode.ts';

export interface Sent {
  readonly bytes: Uint8Array;
  readonly linkType?: number;
  /** bytes captured, all by default */
  readonly cut?: number;
  /** nanoseconds since the epoch; by default packet n is sent at n milliseconds after one second */
  readonly time?: bigint;
}

export interface Explained {
  readonly roots: readonly TreeNode[];
  readonly summary: Summary;
  /** the lines of -V, without the empty one at the end */
  readonly lines: readonly string[];
}

/** Bytes written, as text. */
export class TextSink {
  text = '';

  write(chunk: Uint8Array): void {
    this.text += Buffer.from(chunk).toString('utf8');
  }
}

/** The Nth packet as sent. */
export function packetAt(sent: Sent | Uint8Array, number: number): Packet {
  const { bytes, linkType = 1, cut, time } = sent instanceof Uint8Array ? ({ bytes: sent } as Sent) : sent;
  const packet = packetOf(bytes, number, linkType, cut ?? bytes.length);
  const at = time ?? 1_000_000_000n + BigInt(number) * 1_000_000n;
  packet.sec = Number(at / 1_000_000_000n);
  packet.nsec = Number(at % 1_000_000_000n);
  return packet;
}

/** Calls back with every frame and its PDUs. */
export function eachFrame(
  packets: readonly (Sent | Uint8Array)[],
  walker: PacketWalker,
  visit: (frame: Frame, list: PduList) => void,
): void {
  const decoder = new NetworkDecoder();
  const session = new Session({ knownProgram: (p) => isKnownProgram(p) || walker.programs.isKnown(p) });
  packets.forEach((sent, i) => {
    const frame = decoder.decode(packetAt(sent, i + 1));
    const list = session.process(frame);
    walker.begin(frame, list);
    visit(frame, list);
    walker.displayed();
  });
}

/** The trees of packets. Values of nodes are good; bytes are too, as each packet has its own buffer. */
export function explain(
  packets: readonly (Sent | Uint8Array)[],
  options: PacketWalkerOptions = {},
): Explained[] {
  const walker = new PacketWalker(options);
  const tree = new TreeBuilder();
  walker.attach(tree);
  walker.attachSummary();
  const out: Explained[] = [];
  eachFrame(packets, walker, (frame, list) => {
    tree.reset();
    walker.walk(frame, list, tree);
    const sink = new TextSink();
    const bytes = new ByteWriter(sink);
    new DetailWriter(bytes).frame(tree.roots);
    bytes.flush();
    const lines = sink.text.replace(/\n\n$/, '').split('\n');
    out.push({ roots: tree.roots, summary: walker.summary(frame, list), lines });
  });
  return out;
}

/** The lines of the protocol whose heading begins with `heading`, without the heading. */
export function below(explained: Explained | undefined, heading: string): string[] {
  const lines = explained?.lines ?? [];
  const from = lines.findIndex((line) => line.startsWith(heading));
  if (from < 0) return [];
  const rest = lines.slice(from + 1);
  const to = rest.findIndex((line) => !line.startsWith(' '));
  return to < 0 ? [...rest] : rest.slice(0, to);
}

/** What `-T fields -e NAME…` prints, line by line. */
export function fields(
  packets: readonly (Sent | Uint8Array)[],
  names: readonly string[],
  options: PacketWalkerOptions = {},
  format: Partial<FieldsOptions> = {},
): string[] {
  const walker = new PacketWalker(options);
  const defs = names.map((name) => {
    const def = walker.registry.find(name);
    if (def === undefined) throw new Error(`no field ${name}`);
    return def;
  });
  const collector = new FieldCollector(defs, true);
  walker.attach(collector);
  const sink = new TextSink();
  const writer = new FieldsWriter(new ByteWriter(sink), defs, collector, {
    ...DEFAULT_FIELDS_OPTIONS,
    ...format,
  });
  writer.begin();
  eachFrame(packets, walker, (frame, list) => {
    collector.reset();
    walker.walk(frame, list, collector);
    writer.frame();
  });
  writer.end();
  return sink.text.split('\n').slice(0, -1);
}
