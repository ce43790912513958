/**
 * Every output over captures with seeded faults: nothing but CaptureError, no hang, no wild growth. A short form
 * here; for a soak, ONCILLA_SOAK_SECONDS=600 with ONCILLA_SEED to begin elsewhere. A failure names its seed.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ProgramTable } from '../../codec/programs/index.ts';
import { CaptureParser, isCaptureError, type Packet } from '../../dissector/capture/index.ts';
import { Inspection } from '../../dissector/inspect.ts';
import {
  ByteWriter,
  DetailWriter,
  FieldsWriter,
  JsonWriter,
  NdjsonWriter,
} from '../../dissector/output/index.ts';
import { BodyDecoder } from '../../dissector/stats/bodies.ts';
import { CallAssembler, transactionJson, transactionText } from '../../dissector/stats/calls.ts';
import { mutate, mutatePackets, random } from './mutations.ts';

const FILES = ['nfs3-libnfs', 'nfs4-libnfs', 'rpcbind-tcp-udp', 'ledger-tcp', 'ledger-udp'];
const captures = FILES.map((name) =>
  readFileSync(fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url))),
);

const SECONDS = Number(process.env.ONCILLA_SOAK_SECONDS ?? 4);
const FIRST_SEED = Number(process.env.ONCILLA_SEED ?? 1);
/** One capture is a few hundred packets; much longer is a hang on the way. */
const SLOW_MS = 4000;

let table: ProgramTable;

/** Shows a capture every way there is; returns bytes and lines printed. */
function show(bytes: Buffer, compat: boolean): number {
  let printed = 0;
  const sink = new ByteWriter({ write: (chunk) => (printed += chunk.length) });
  const inspection = new Inspection({ compat, programs: table.programs(), declared: table });
  const tree = inspection.tree();
  const detail = new DetailWriter(sink, { hex: true, only: null });
  const json = new JsonWriter(sink);
  const lines = new NdjsonWriter(sink);
  const { walker } = inspection;
  const defs = ['rpc.xid', 'rpc.time', 'tcp.payload', 'nfs.status', '_ws.col.Info'].flatMap(
    (name) => walker.registry.find(name) ?? [],
  );
  const fields = new FieldsWriter(sink, defs, inspection.collect(defs));
  walker.attachSummary();
  inspection.addOutput(
    {
      frame(frame, pdus) {
        detail.frame(tree.roots, frame.packet, tree.sources);
        json.frame(tree.roots, frame.packet);
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
  const parser = new CaptureParser();
  try {
    parser.reserve(bytes.length).set(bytes);
    parser.commit(bytes.length);
    parser.end();
    for (let packet: Packet | null = parser.next(); packet !== null; packet = parser.next()) {
      inspection.packet(packet, parser);
    }
  } catch (e) {
    if (!isCaptureError(e)) throw e;
  }
  inspection.finish();
  calls.finish();
  sink.flush();
  return printed;
}

describe('captures with faults', () => {
  before(async () => {
    table = new ProgramTable();
    await table.loadAll();
  });

  it(`are shown as far as they go, for ${SECONDS} s of seeds from ${FIRST_SEED}`, function () {
    this.timeout((SECONDS + 20) * 1000);
    const until = performance.now() + SECONDS * 1000;
    let seed = FIRST_SEED;
    for (; performance.now() < until; seed++) {
      const next = random(seed);
      const original = captures[next(captures.length)]!;
      const bytes = next(4) === 0 ? mutate(original, next) : mutatePackets(original, next);
      const started = performance.now();
      let printed = 0;
      try {
        printed = show(bytes, next(2) === 0);
      } catch (e) {
        throw new Error(`seed ${seed}: ${(e as Error).stack}`);
      }
      expect(performance.now() - started, `milliseconds for seed ${seed}`).to.be.below(SLOW_MS);
      expect(printed, `bytes printed for seed ${seed}`).to.be.below(bytes.length * 400 + 1_000_000);
    }
    expect(seed).to.be.greaterThan(FIRST_SEED);
    expect(process.memoryUsage.rss()).to.be.below(1 << 30);
  });

  it('mutates alike for the same seed', () => {
    const bytes = captures[2]!;
    expect(mutatePackets(bytes, random(7))).to.deep.equal(mutatePackets(bytes, random(7)));
    expect(mutate(bytes, random(7)).equals(mutate(bytes, random(8)))).to.equal(false);
  });
});
