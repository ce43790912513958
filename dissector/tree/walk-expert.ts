/**
 * Expert information: what deserves a look, where it was found, in Wireshark's shape. Generated; never throws.
 */
import type { FieldDef, Sink } from './field.ts';
import { GENERATED, HIDDEN } from './field.ts';
import type { Define } from './registry.ts';

/** Wireshark's numbers and words (epan/proto.h). */
const SEVERITY = {
  chat: [0x200000, 'Chat'],
  note: [0x400000, 'Note'],
  warn: [0x600000, 'Warning'],
  error: [0x800000, 'Error'],
} as const;
const GROUP = {
  checksum: [0x01000000, 'Checksum'],
  sequence: [0x02000000, 'Sequence'],
  undecoded: [0x05000000, 'Undecoded'],
  malformed: [0x07000000, 'Malformed'],
  protocol: [0x09000000, 'Protocol'],
} as const;

export type ExpertSeverity = keyof typeof SEVERITY;
export type ExpertGroup = keyof typeof GROUP;

const severities = new Map(
  (Object.keys(SEVERITY) as ExpertSeverity[]).map((name) => [SEVERITY[name][0] as number, name]),
);
const groups = new Map<number, string>(Object.values(GROUP));

/** What Wireshark's number for a severity stands for here. */
export function expertSeverity(number: number): ExpertSeverity {
  return severities.get(number) ?? 'error';
}

/** Wireshark's word for its number of a group. */
export function expertGroup(number: number): string {
  return groups.get(number) ?? '';
}

export type ExpertFields = ReturnType<typeof expertFields>;

export function expertFields(define: Define) {
  const strings = (of: Readonly<Record<string, readonly [number, string]>>) => new Map(Object.values(of));
  return {
    proto: define('_ws.expert', 'Expert Info', 'protocol'),
    message: define('_ws.expert.message', 'Message', 'string'),
    severity: define('_ws.expert.severity', 'Severity level', 'uint32', { strings: strings(SEVERITY) }),
    group: define('_ws.expert.group', 'Group', 'uint32', { strings: strings(GROUP) }),
  };
}

/** `item`: the field that Wireshark has for this very remark. */
export function walkExpert(
  f: ExpertFields,
  item: FieldDef,
  severity: ExpertSeverity,
  group: ExpertGroup,
  message: string,
  off: number,
  sink: Sink,
): void {
  const [severityNumber, severityWord] = SEVERITY[severity];
  const [groupNumber, groupWord] = GROUP[group];
  const title = `Expert Info (${severityWord}/${groupWord}): ${message}`;
  sink.openField(f.proto, null, off, 0, GENERATED, `[${title}]`);
  sink.field(item, null, 0, 0, GENERATED, `[${message}]`);
  sink.field(f.message, message, 0, 0, GENERATED | HIDDEN);
  sink.field(f.severity, severityNumber, 0, 0, GENERATED, `[Severity level: ${severityWord}]`);
  sink.field(f.group, groupNumber, 0, 0, GENERATED, `[Group: ${groupWord}]`);
  sink.close();
}
