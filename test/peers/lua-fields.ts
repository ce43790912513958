/**
 * The fields of a program's bodies, by tshark with a plugin of ours and by our own dissector: for each frame that has
 * any, `path=value` in order. Absent optionals are no values and left out.
 */
import { spawnSync } from 'node:child_process';
import { isKnownProgram, type ProgramTable } from '../../codec/programs/index.ts';
import { forEachPacket } from '../../dissector/capture/index.ts';
import { NetworkDecoder } from '../../dissector/network/index.ts';
import { Session } from '../../dissector/session/index.ts';
import {
  type FieldDef,
  type FieldValue,
  PacketWalker,
  type Sink,
  valueText,
} from '../../dissector/tree/index.ts';

/** By frame number. */
export type FrameFields = Map<number, string[]>;

/** Fields of one program; `filter` is what their names begin with. */
export interface Shown {
  readonly fields: FrameFields;
  /** what tshark said on standard error and in its output about Lua errors */
  readonly complaints: string;
  /** the Info column's lines are not asked for; this is the number of nodes marked as malformed */
  readonly malformed: number;
}

const FIELD = /^\s*<field name="([^"]*)".*? show="([^"]*)"/;

/** A field as both sides print it: bytes without colons, floats of as many digits, presence without a value. */
function fieldText(path: string, text: string, kind: string): string {
  if (kind === 'none') return path;
  if (kind === 'float') return `${path}=${Number(text).toPrecision(6)}`;
  if (kind === 'double') return `${path}=${Number(text).toPrecision(15)}`;
  if (kind === 'bytes') return `${path}=${text.replaceAll(':', '')}`;
  return `${path}=${text}`;
}

/** tshark's fields below `name`, with a plugin. `kinds`: of our fields by path. */
export function theirFields(
  file: string,
  plugin: string,
  name: string,
  kinds: ReadonlyMap<string, string>,
  ...args: string[]
): Shown {
  const run = spawnSync('tshark', ['-n', '-X', `lua_script:${plugin}`, '-r', file, '-T', 'pdml', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    env: { ...process.env, TZ: 'UTC' },
  });
  const fields: FrameFields = new Map();
  let frame = 0;
  let malformed = 0;
  const complaints: string[] = [];
  for (const line of run.stdout.split('\n')) {
    if (/Lua Error|not shown: /.test(line)) complaints.push(line.trim());
    const match = FIELD.exec(line);
    if (match === null) continue;
    const [, full = '', show = ''] = match;
    if (full === 'num') frame = Number(show);
    if (full === `${name}._malformed`) malformed++;
    if (!full.startsWith(`${name}.`) || full.startsWith(`${name}._`)) continue;
    const path = full.slice(name.length + 1);
    if (/^procedure_v\d+$/.test(path)) continue;
    const list = fields.get(frame) ?? [];
    fields.set(frame, list);
    list.push(fieldText(path, unescapeXml(show), kinds.get(path) ?? '?'));
  }
  for (const line of run.stderr.split('\n')) {
    if (line !== '' && !line.startsWith('Running as user')) complaints.push(line);
  }
  return { fields, complaints: complaints.join('\n'), malformed };
}

function unescapeXml(text: string): string {
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text
    .replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => named[name] ?? '')
    .replace(/&#x([0-9a-f]+);/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
}

/** Keeps the fields of one protocol. */
class FieldList implements Sink {
  readonly wantsText = false;
  list: string[] = [];
  malformed = 0;
  readonly #protocol: string;
  readonly kinds = new Map<string, string>();
  #buf: Buffer = Buffer.alloc(0);

  constructor(protocol: string) {
    this.#protocol = protocol;
  }

  wants(): boolean {
    return true;
  }

  source(buf: Buffer): void {
    this.#buf = buf;
  }

  openProtocol(def: FieldDef): void {
    if (def.name === '_ws.malformed') this.malformed++;
  }

  field(def: FieldDef, value: FieldValue, off: number, len: number, flags = 0): void {
    if (value !== null) this.#keep(def, value, off, len, flags);
  }

  openField(def: FieldDef, value: FieldValue, off: number, len: number, flags = 0): void {
    this.#keep(def, value, off, len, flags);
  }

  #keep(def: FieldDef, value: FieldValue, off: number, len: number, flags: number): void {
    const { name, type } = def;
    if (def.protocol !== this.#protocol || !name.startsWith(`${this.#protocol}.`) || flags !== 0) return;
    const path = name.slice(this.#protocol.length + 1);
    this.kinds.set(path, type);
    this.list.push(fieldText(path, valueText(def, value, this.#buf, off, len), type));
  }

  text(): void {}
  openText(): void {}
  close(): void {}
}

/** Our fields of one program, and the kinds of those seen. */
export async function ourFields(
  file: string,
  program: number,
  table: ProgramTable,
): Promise<{ fields: FrameFields; kinds: ReadonlyMap<string, string> }> {
  const walker = new PacketWalker({ programs: table.programs(), declared: table });
  const decoder = new NetworkDecoder();
  const session = new Session({ knownProgram: (p) => isKnownProgram(p) || walker.programs.isKnown(p) });
  const sink = new FieldList(walker.programs.filter(program));
  // names for the same path and another type are given in the order of description
  walker.registry.find(`${walker.programs.filter(program)}.`);
  walker.attach(sink);
  const fields: FrameFields = new Map();
  await forEachPacket(file, (packet) => {
    const frame = decoder.decode(packet);
    const list = session.process(frame);
    walker.begin(frame, list);
    sink.list = [];
    walker.walk(frame, list, sink);
    if (sink.list.length > 0) fields.set(frame.packet.number, sink.list);
    walker.displayed();
  });
  return { fields, kinds: sink.kinds };
}
