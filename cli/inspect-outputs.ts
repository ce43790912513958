/**
 * What `inspect` prints, as outputs and taps of an Inspection: one function per shape, each returning how to end.
 */
import { escapeTerminal } from '../codec/escape/index.ts';
import { isFilterError } from '../dissector/filter/index.ts';
import type { Inspection } from '../dissector/inspect.ts';
import {
  type ByteWriter,
  DEFAULT_FIELDS_OPTIONS,
  DetailWriter,
  FieldsWriter,
  fieldsOption,
  JsonWriter,
  NdjsonWriter,
  SummaryWriter,
} from '../dissector/output/index.ts';
import {
  CallAssembler,
  type CallDecoder,
  isMalformed,
  type Transaction,
  transactionJson,
  transactionText,
} from '../dissector/stats/calls.ts';
import { isStatisticError } from '../dissector/stats/statistic.ts';
import { timeColumn } from '../dissector/tree/columns.ts';
import type { FieldDef } from '../dissector/tree/field.ts';
import type { Slot } from '../dissector/tree/field-collector.ts';
import { valueText } from '../dissector/tree/format.ts';
import type { Output } from './command.ts';
import { CliError } from './errors.ts';
import type { InspectSettings, NamedStatistic } from './inspect-settings.ts';

/** To be called when the last packet was shown. */
export type End = () => void;

/** The fields named by -e; a CliError names those that do not exist. */
function fieldsNamed(names: readonly string[], inspection: Inspection): FieldDef[] {
  const { registry } = inspection.walker;
  const unknown = names.filter((name) => registry.find(name) === undefined);
  if (unknown.length > 0) throw new CliError('-e', `Some fields aren't valid: ${unknown.join(', ')}`);
  return names.map((name) => registry.find(name)!);
}

/** -T fields */
export function printFields(
  inspection: Inspection,
  names: readonly string[],
  options: readonly string[],
  bytes: ByteWriter,
): End {
  let chosen = DEFAULT_FIELDS_OPTIONS;
  for (const argument of options) {
    const next = fieldsOption(chosen, argument);
    if (next === null) throw new CliError('-E', `"${argument}" is not a valid field output option`);
    chosen = next;
  }
  const defs = fieldsNamed(names, inspection);
  const collector = inspection.collect(defs);
  const writer = new FieldsWriter(bytes, defs, collector, chosen);
  writer.begin();
  inspection.addOutput({ frame: () => writer.frame() }, false);
  return () => writer.end();
}

/** -T text, json and ndjson, with -V and -x */
export function printPackets(
  inspection: Inspection,
  settings: Pick<InspectSettings, 'format' | 'details' | 'hexdump'>,
  bytes: ByteWriter,
): End {
  const { walker } = inspection;
  const hex = settings.hexdump;
  if (settings.format === 'json') {
    const tree = inspection.tree();
    const writer = new JsonWriter(bytes);
    writer.begin();
    inspection.addOutput({ frame: (frame) => writer.frame(tree.roots, frame.packet) }, true);
    return () => writer.end();
  }
  if (settings.format === 'ndjson') {
    const tree = inspection.tree();
    const writer = new NdjsonWriter(bytes);
    walker.attachSummary();
    inspection.addOutput(
      { frame: (frame, pdus) => writer.frame(tree.roots, frame.packet, walker.summary(frame, pdus)) },
      true,
    );
    return () => writer.end();
  }
  if (settings.details) {
    const tree = inspection.tree();
    const writer = new DetailWriter(bytes, { hex, only: null });
    inspection.addOutput({ frame: (frame) => writer.frame(tree.roots, frame.packet, tree.sources) }, true);
    return () => writer.end();
  }
  const tree = hex ? inspection.tree() : null;
  const writer = new SummaryWriter(bytes, hex);
  walker.attachSummary();
  inspection.addOutput(
    { frame: (frame, pdus) => writer.frame(walker.summary(frame, pdus), frame.packet, tree?.sources ?? []) },
    hex,
  );
  return () => writer.end();
}

/** -T json and ndjson with -e: the named fields of each packet, each a list of texts, as tshark has it. */
export function printFieldObjects(
  inspection: Inspection,
  names: readonly string[],
  format: 'json' | 'ndjson',
  stdout: Output,
): End {
  const defs = [...new Set(fieldsNamed(names, inspection))];
  const collector = inspection.collect(defs);
  const slots = defs.map((def) => collector.slot(def)!);
  let separator = '[\n';
  inspection.addOutput(
    {
      frame(frame) {
        const layers: Record<string, string[]> = {};
        for (const slot of slots) {
          if (slot.count > 0)
            layers[slot.def.name] = Array.from({ length: slot.count }, (_, i) => slotText(slot, i));
        }
        if (format === 'ndjson') {
          stdout.write(`${JSON.stringify(layers)}\n`);
          return;
        }
        const date = new Date(frame.packet.sec * 1000);
        const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((n) =>
          String(n).padStart(2, '0'),
        );
        const object = {
          _index: `packets-${day.join('-')}`,
          _type: 'doc',
          _score: null,
          _source: { layers },
        };
        stdout.write(`${separator}${JSON.stringify(object, null, 2).replace(/^/gm, '  ')}`);
        separator = ',\n';
      },
    },
    false,
  );
  return () => {
    if (format === 'json') stdout.write(separator === '[\n' ? '[\n\n]\n' : '\n]\n');
  };
}

function slotText(slot: Slot, i: number): string {
  const { def, texts } = slot;
  if (def.type === 'protocol' || def.type === 'none') return texts[i] || def.label;
  return valueText(def, slot.values[i]!, slot.bufs[i]!, slot.offs[i]!, slot.lens[i]!);
}

/**
 * -z. What was named last is printed first, as tshark does. `decoder`: made when a statistic looks into bodies.
 */
export function printStatistics(
  inspection: Inspection,
  names: readonly NamedStatistic[],
  ndjson: boolean,
  decoder: CallDecoder | null,
  stdout: Output,
): End {
  const taps = names.map(({ argument, statistic, args }) => {
    try {
      return inspection.addStatistic(statistic, args, decoder);
    } catch (e) {
      if (isStatisticError(e)) throw new CliError(`-z ${argument}`, e.message, { cause: e });
      if (!isFilterError(e)) throw e;
      throw new CliError(`-z ${argument}`, `Filter "${args}": ${e.message}`, { cause: e });
    }
  });
  return () => {
    for (const tap of taps.reverse()) stdout.write(ndjson ? (tap.ndjson?.() ?? tap.text()) : tap.text());
  };
}

/** --calls */
export function printCalls(
  inspection: Inspection,
  decoder: CallDecoder,
  settings: Pick<InspectSettings, 'format' | 'timeFormat' | 'compat'>,
  color: boolean,
  stdout: Output,
): End {
  const clock = { now: 0n, first: -1n, previous: -1n, displayed: -1n };
  const calls = new CallAssembler({
    decoder,
    emit(transaction) {
      if (!transaction.matches) return;
      if (settings.format === 'ndjson') {
        stdout.write(`${transactionJson(transaction)}\n`);
        return;
      }
      clock.now = BigInt(transaction.sec) * 1_000_000_000n + BigInt(transaction.nsec);
      if (clock.previous < 0n) clock.previous = clock.now;
      clock.displayed = clock.previous;
      const time = timeColumn(clock, settings.timeFormat, 6).padStart(10);
      clock.previous = clock.now;
      const line = escapeTerminal(transactionText(transaction, time));
      stdout.write(`${color ? paint(line, transaction) : line}\n`);
    },
    // the dissector remembers all calls then, and so must we
    ...(settings.compat
      ? { maxPending: Number.POSITIVE_INFINITY, maxSeconds: Number.POSITIVE_INFINITY }
      : {}),
  });
  inspection.addTap(
    {
      add(frame, list, matches) {
        if (clock.first < 0n) {
          clock.first = BigInt(frame.packet.sec) * 1_000_000_000n + BigInt(frame.packet.nsec);
        }
        for (let i = 0; i < list.count; i++) calls.add(frame, list.pdus[i]!, matches);
      },
    },
    true,
  );
  return () => calls.finish();
}

const GREEN = '\x1b[32m';
const YELLOW = '\x1b[33m';
const RED = '\x1b[31m';
const PLAIN = '\x1b[0m';

/** Red what was refused or is malformed, yellow what was not answered, green the rest. */
function paint(line: string, t: Transaction): string {
  if (isMalformed(t) || (t.verdict !== 'SUCCESS' && t.reply !== null)) return `${RED}${line}${PLAIN}`;
  return `${t.reply === null ? YELLOW : GREEN}${line}${PLAIN}`;
}

/** --strict: how many messages are malformed, of the packets that match; known for sure after `end`. */
export function countMalformed(inspection: Inspection, decoder: CallDecoder): { count(): number; end: End } {
  let count = 0;
  const calls = new CallAssembler({
    decoder,
    emit(transaction) {
      if (transaction.matches && isMalformed(transaction)) count++;
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
  return { count: () => count, end: () => calls.finish() };
}
