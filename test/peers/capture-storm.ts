/**
 * Captures with seeded faults, shown every way there is: nothing but CaptureError, no hang, no wild growth. Short in
 * the tests, long in `npm run soak`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProgramTable } from '../../codec/programs/index.ts';
import { CaptureParser, isCaptureError, type Packet } from '../../dissector/capture/index.ts';
import { CaptureCopy } from '../../dissector/capture/write-copy.ts';
import { pcapHeader, pcapRecord } from '../../dissector/capture/write-pcap.ts';
import { Inspection } from '../../dissector/inspect.ts';
import {
  ByteWriter,
  DetailWriter,
  EkWriter,
  FieldsWriter,
  HexWriter,
  JsonGroupWriter,
  JsonSink,
  JsonWriter,
  NdjsonWriter,
  PdmlWriter,
} from '../../dissector/output/index.ts';
import { BodyDecoder } from '../../dissector/stats/bodies.ts';
import { CallAssembler, transactionJson, transactionText } from '../../dissector/stats/calls.ts';
import { findStatistic } from '../../dissector/stats/statistics.ts';
import { TUNNELS } from '../dissector/network/tunnel-packets.ts';
import { mutate, mutatePackets, random } from './mutations.ts';

/** With the secrets in them, the TLS captures go through decryption too. */
const FILES = [
  'nfs3-libnfs.pcap',
  'nfs4-libnfs.pcap',
  'rpcbind-tcp-udp.pcap',
  'ledger-tcp.pcap',
  'ledger-udp.pcap',
  'ledger-gss-krb5.pcap',
  'tls12-gnutls-cbc.pcapng',
  'tls13-node-chacha20.pcapng',
  'tls13-oncilla-starttls.pcapng',
  'tls13-openssl-early-data.pcapng',
  'tls13-openssl-key-update.pcapng',
];
/** Every -z; the arguments that one needs. */
const STATISTICS_ASKED = [
  'rpc,programs',
  'rpc,srt,100003,3',
  'nfsv4,srt',
  'rpc,latency,by=client',
  'rpc,timeline,1',
  'conv,tcp',
  'conv,udp',
  'conv,ip',
  'io,stat,1,COUNT(rpc.xid)rpc.xid,MAX(rpc.time)rpc.time',
  'io,phs',
  'follow,tcp,hex,0',
  'expert',
];
const FILTERS = ['', '', 'rpc', 'rpc.time > 0.0001', 'nfs.name matches "e.*1" || !rpc.xid', '_ws.expert'];
/** Of a shared capture, so that one is shown in a moment. */
const MOST_BYTES = 1 << 20;
/** One capture is a few hundred packets; much longer is a hang on the way. */
const SLOW_MS = 4000;

/** What faults are put into: our captures, tunnels, and the odd files of the shared corpus where that is. */
export function readCaptures(): Buffer[] {
  const own = FILES.map((name) =>
    readFileSync(fileURLToPath(new URL(`../../captures/${name}`, import.meta.url))),
  );
  const tunnels = [pcapHeader(1), ...TUNNELS.map((packet, i) => pcapRecord(i, 0, packet))];
  return [...own, Buffer.concat(tunnels), ...sharedCaptures()];
}

function sharedCaptures(): Buffer[] {
  const shared = process.env.ONCILLA_SHARED;
  const folder = shared === undefined ? '' : join(shared, 'captures');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /pcap|cap$|ntar/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
    .filter(({ length }) => length < MOST_BYTES);
}

export interface CaptureStormOptions {
  /** the first seed; each capture has the next one */
  readonly seed: number;
  readonly seconds: number;
}

export interface CaptureStormResult {
  readonly captures: number;
  readonly bytes: number;
  readonly slowestMs: number;
}

/** Rejects with what is wrong, the seed in it. */
export async function captureStorm({ seed, seconds }: CaptureStormOptions): Promise<CaptureStormResult> {
  const captures = readCaptures();
  const table = new ProgramTable();
  await table.loadAll();
  const until = performance.now() + seconds * 1000;
  let [count, total, slowestMs] = [0, 0, 0];
  for (; performance.now() < until; count++) {
    const which = seed + count;
    const next = random(which);
    const original = captures[next(captures.length)]!;
    const bytes = next(4) === 0 || !isPcap(original) ? mutate(original, next) : mutatePackets(original, next);
    const started = performance.now();
    let printed = 0;
    try {
      printed = show(table, bytes, next(2) === 0, FILTERS[next(FILTERS.length)]!);
    } catch (e) {
      throw new Error(`seed ${which}: ${(e as Error).stack}`);
    }
    const ms = performance.now() - started;
    if (ms >= SLOW_MS) throw new Error(`seed ${which} took ${ms} ms`);
    if (printed >= bytes.length * 2000 + 5_000_000) throw new Error(`seed ${which} printed ${printed} bytes`);
    slowestMs = Math.max(slowestMs, ms);
    total += bytes.length;
  }
  return { captures: count, bytes: total, slowestMs };
}

function isPcap(bytes: Buffer): boolean {
  return bytes.length > 24 && bytes.readUInt32LE(0) === 0xa1b2c3d4;
}

/** Shows a capture every way there is; returns bytes and lines printed. */
function show(table: ProgramTable, bytes: Buffer, compat: boolean, filter: string): number {
  let printed = 0;
  const sink = new ByteWriter({ write: (chunk) => (printed += chunk.length) });
  const inspection = new Inspection({ compat, filter, programs: table.programs(), declared: table });
  const tree = inspection.tree();
  const detail = new DetailWriter(sink, { hex: true, only: null });
  const hex = new HexWriter(sink);
  const json = new JsonWriter(sink);
  const raw = { filter: null, values: true, raw: true };
  const layers = new JsonSink(sink, raw);
  const groups = new JsonGroupWriter(sink, raw);
  const ek = new EkWriter(sink, { filter: null, raw: true });
  const pdml = new PdmlWriter(sink, { filter: null, file: '', time: new Date(0) });
  const lines = new NdjsonWriter(sink);
  const { walker } = inspection;
  const defs = ['rpc.xid', 'rpc.time', 'tcp.payload', 'nfs.status', '_ws.col.Info'].flatMap(
    (name) => walker.registry.find(name) ?? [],
  );
  const fields = new FieldsWriter(sink, defs, inspection.collect(defs));
  walker.attach(layers);
  walker.attachSummary();
  inspection.addOutput(
    {
      frame(frame, pdus) {
        detail.frame(tree.roots);
        hex.frame(frame.packet, tree.sources);
        json.packet(frame.packet, () => {
          layers.begin();
          walker.walk(frame, pdus, layers);
          layers.end();
        });
        groups.layers(tree.roots);
        ek.frame(tree.roots, frame.packet);
        pdml.frame(tree.roots, frame.packet);
        lines.frame(tree.roots, frame.packet, walker.summary(frame, pdus));
        fields.frame();
      },
    },
    true,
  );
  const calls = new CallAssembler({
    decoder: new BodyDecoder(walker.programs, table, true),
    emit(transaction) {
      const value = JSON.parse(transactionJson(transaction));
      printed += transactionText(transaction, String(value.time)).length;
    },
  });
  inspection.addTap(
    {
      add(frame, list, matches) {
        for (let i = 0; i < list.count; i++) calls.add(frame, list.pdus[i]!, matches);
      },
    },
    true,
  );
  const decoder = new BodyDecoder(walker.programs, table, true);
  const taps = STATISTICS_ASKED.map((argument) => {
    const { statistic, args } = findStatistic(argument)!;
    return inspection.addStatistic(statistic, args, decoder);
  });
  const copy = new CaptureCopy({
    write: (chunk) => (printed += chunk.length),
    format: 'pcapng',
    keyLogs: [],
  });
  const parser = new CaptureParser();
  try {
    parser.reserve(bytes.length).set(bytes);
    parser.commit(bytes.length);
    parser.end();
    for (let packet: Packet | null = parser.next(); packet !== null; packet = parser.next()) {
      inspection.packet(packet, parser);
      copy.packet(packet, inspection.capture);
    }
  } catch (e) {
    if (!isCaptureError(e)) throw e;
  }
  inspection.finish();
  calls.finish();
  for (const tap of taps) printed += tap.text().length;
  sink.flush();
  return printed;
}
