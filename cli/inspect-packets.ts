/**
 * The packets that `inspect` prints: one function per family of shapes, each adding an output to an Inspection and
 * returning how to end. What the shapes are is in dissector/output.
 */
import type { Packet } from '../dissector/capture/packet.ts';
import type { Inspection } from '../dissector/inspect.ts';
import {
  type ByteWriter,
  DEFAULT_FIELDS_OPTIONS,
  DetailWriter,
  EkWriter,
  ekName,
  FieldsWriter,
  fieldsOption,
  HexWriter,
  type JsonFilter,
  JsonGroupWriter,
  JsonSink,
  JsonWriter,
  jsonString,
  NdjsonWriter,
  PdmlWriter,
  PsmlWriter,
  SummaryWriter,
} from '../dissector/output/index.ts';
import type { FieldDef } from '../dissector/tree/field.ts';
import type { Slot } from '../dissector/tree/field-collector.ts';
import { valueText } from '../dissector/tree/format.ts';
import { CliError } from './errors.ts';
import type { InspectSettings } from './inspect-settings.ts';

/** To be called when the last packet was shown. */
export type End = () => void;

export type PacketSettings = Pick<
  InspectSettings,
  | 'file'
  | 'format'
  | 'fields'
  | 'fieldsOptions'
  | 'details'
  | 'summary'
  | 'hexdump'
  | 'only'
  | 'filterKeys'
  | 'noDuplicateKeys'
>;

/** Prints every packet that matches in the shape that was asked for. */
export function printPackets(inspection: Inspection, settings: PacketSettings, bytes: ByteWriter): End {
  const { format, fields } = settings;
  if (format === 'fields') return printFields(inspection, fields, settings.fieldsOptions, bytes);
  if (format === 'psml') return printPsml(inspection, bytes);
  if (format === 'text') return printText(inspection, settings, bytes);
  if (fields.length > 0) return printFieldObjects(inspection, settings, bytes);
  switch (format) {
    case 'json':
    case 'jsonraw':
      return printJson(inspection, settings, bytes);
    case 'ek':
      return printEk(inspection, settings, bytes);
    case 'pdml':
      return printPdml(inspection, settings, bytes);
    case 'ndjson':
      return printNdjson(inspection, bytes);
  }
}

/** The fields named by -e; a CliError names those that do not exist. */
function fieldsNamed(names: readonly string[], inspection: Inspection): FieldDef[] {
  const { registry } = inspection.walker;
  const unknown = names.filter((name) => registry.find(name) === undefined);
  if (unknown.length > 0) throw new CliError('-e', `Some fields aren't valid: ${unknown.join(', ')}`);
  return names.map((name) => registry.find(name)!);
}

function printFields(
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

/** -T text: lines, with -V trees, with -x bytes; -P shows the line also where it would give way to them. */
function printText(inspection: Inspection, settings: PacketSettings, bytes: ByteWriter): End {
  const { walker } = inspection;
  const { details, hexdump } = settings;
  const tree = details || hexdump ? inspection.tree() : null;
  if (settings.summary) {
    const writer = new SummaryWriter(bytes);
    walker.attachSummary();
    inspection.addOutput(
      {
        frame(frame, pdus) {
          writer.frame(walker.summary(frame, pdus));
          if (hexdump && !details) bytes.text('\n');
        },
      },
      true,
    );
  }
  if (tree !== null && details) {
    const writer = new DetailWriter(bytes, { only: settings.only, hex: hexdump });
    inspection.addOutput({ frame: () => writer.frame(tree.roots) }, true);
  }
  if (tree !== null && hexdump) {
    const writer = new HexWriter(bytes);
    inspection.addOutput({ frame: (frame) => writer.frame(frame.packet, tree.sources) }, true);
  }
  return () => bytes.flush();
}

function printPsml(inspection: Inspection, bytes: ByteWriter): End {
  const { walker } = inspection;
  const writer = new PsmlWriter(bytes);
  writer.begin();
  walker.attachSummary();
  inspection.addOutput({ frame: (frame, pdus) => writer.frame(walker.summary(frame, pdus)) }, true);
  return () => writer.end();
}

/** -T json and jsonraw: straight from the walkers, but for --no-duplicate-keys. */
function printJson(inspection: Inspection, settings: PacketSettings, bytes: ByteWriter): End {
  const values = settings.format === 'json';
  const options = { filter: settings.filterKeys, values, raw: settings.hexdump || !values };
  const writer = new JsonWriter(bytes);
  writer.begin();
  if (settings.noDuplicateKeys) {
    const tree = inspection.tree();
    const groups = new JsonGroupWriter(bytes, options);
    inspection.addOutput(
      { frame: (frame) => writer.packet(frame.packet, () => groups.layers(tree.roots)) },
      true,
    );
    return () => writer.end();
  }
  const sink = new JsonSink(bytes, options);
  const { walker } = inspection;
  walker.attach(sink);
  inspection.addOutput(
    {
      frame(frame, pdus) {
        writer.packet(frame.packet, () => {
          sink.begin();
          walker.walk(frame, pdus, sink);
          sink.end();
        });
      },
    },
    true,
  );
  return () => writer.end();
}

function printEk(inspection: Inspection, settings: PacketSettings, bytes: ByteWriter): End {
  const tree = inspection.tree();
  const writer = new EkWriter(bytes, { filter: settings.filterKeys, raw: settings.hexdump });
  inspection.addOutput({ frame: (frame) => writer.frame(tree.roots, frame.packet) }, true);
  return () => writer.end();
}

function pdmlWriter(file: string, filter: JsonFilter | null, bytes: ByteWriter): PdmlWriter {
  const writer = new PdmlWriter(bytes, { filter, file, time: new Date() });
  writer.begin();
  return writer;
}

function printPdml(inspection: Inspection, settings: PacketSettings, bytes: ByteWriter): End {
  const tree = inspection.tree();
  const writer = pdmlWriter(settings.file, settings.filterKeys, bytes);
  inspection.addOutput({ frame: (frame) => writer.frame(tree.roots, frame.packet) }, true);
  return () => writer.end();
}

function printNdjson(inspection: Inspection, bytes: ByteWriter): End {
  const { walker } = inspection;
  const tree = inspection.tree();
  const writer = new NdjsonWriter(bytes);
  walker.attachSummary();
  inspection.addOutput(
    { frame: (frame, pdus) => writer.frame(tree.roots, frame.packet, walker.summary(frame, pdus)) },
    true,
  );
  return () => writer.end();
}

/** -e with a shape that is not columns: the named fields of each packet, each a list of texts, as tshark has it. */
function printFieldObjects(inspection: Inspection, settings: PacketSettings, bytes: ByteWriter): End {
  const defs = [...new Set(fieldsNamed(settings.fields, inspection))];
  const collector = inspection.collect(defs);
  const slots = defs.map((def) => collector.slot(def)!);
  const found = (): { name: string; texts: string[] }[] =>
    slots
      .filter((slot) => slot.count > 0)
      .map((slot) => ({
        name: slot.def.name,
        texts: Array.from({ length: slot.count }, (_, i) => slotText(slot, i)),
      }));
  const add = (frame: (packet: Packet) => void, end: End): End => {
    inspection.addOutput({ frame: ({ packet }) => frame(packet) }, false);
    return end;
  };
  const line = (name: (field: string) => string): string => {
    const members = found().map(
      ({ name: field, texts }) => `${jsonString(name(field))}:[${texts.map(jsonString).join(',')}]`,
    );
    return `{${members.join(',')}}`;
  };
  switch (settings.format) {
    case 'json': {
      const writer = new JsonWriter(bytes);
      writer.begin();
      const members = () =>
        found().map(({ name, texts }) => {
          const items = texts.map((text) => `\n          ${jsonString(text)}`).join(',');
          return `\n        ${jsonString(name)}: [${items}\n        ]`;
        });
      return add(
        (packet) => writer.packet(packet, () => bytes.text(`{${members().join(',')}\n      }`)),
        () => writer.end(),
      );
    }
    case 'ek': {
      const writer = new EkWriter(bytes, { filter: null, raw: false });
      return add(
        (packet) => writer.packet(packet, () => bytes.text(line(ekName))),
        () => writer.end(),
      );
    }
    case 'pdml': {
      const writer = pdmlWriter(settings.file, null, bytes);
      return add(
        (packet) =>
          writer.packet(packet, () => {
            for (const { name, texts } of found()) for (const text of texts) writer.value(name, text);
          }),
        () => writer.end(),
      );
    }
    default:
      return add(
        () => bytes.text(`${line((name) => name)}\n`),
        () => bytes.flush(),
      );
  }
}

function slotText(slot: Slot, i: number): string {
  const { def, texts } = slot;
  if (def.type === 'protocol' || def.type === 'none') return texts[i] || def.label;
  return valueText(def, slot.values[i]!, slot.bufs[i]!, slot.offs[i]!, slot.lens[i]!);
}
