/**
 * The tap behind `-z expert`: what deserves a look, counted by severity in tshark's table. The remarks
 * of the headers' walkers and malformed messages are tshark's; notes of the session layer (lost bytes, xids used
 * again, replies without a call), repeated messages and bytes that are none are ours. Bounded by `MAX_ROWS`; never throws but for
 * a bad filter.
 */
import type { Frame } from '../network/frame.ts';
import type { Pdu } from '../session/pdu.ts';
import type { PduList } from '../session/pdu-list.ts';
import type { ExpertRemark } from '../tree/expert-collector.ts';
import { expertGroup, expertSeverity } from '../tree/walk-expert.ts';
import type { Statistic } from './statistic.ts';
import { tapFilter } from './tap-filter.ts';

const MAX_ROWS = 10_000;
const SEVERITIES = ['error', 'warn', 'note', 'chat'] as const;
type Severity = (typeof SEVERITIES)[number];
const TITLES: Readonly<Record<Severity, string>> = {
  error: 'Errors',
  warn: 'Warns',
  note: 'Notes',
  chat: 'Chats',
};

interface Row {
  readonly group: string;
  readonly protocol: string;
  readonly summary: string;
  count: number;
}

/** Count what is found; then print `text`. */
export class ExpertInfos {
  readonly #shown: readonly Severity[];
  readonly #rows: Readonly<Record<Severity, Map<string, Row>>> = {
    error: new Map(),
    warn: new Map(),
    note: new Map(),
    chat: new Map(),
  };

  /** Shown is `least` and what is worse. */
  constructor(least: Severity = 'chat') {
    this.#shown = SEVERITIES.slice(0, SEVERITIES.indexOf(least) + 1);
  }

  add(severity: Severity, group: string, protocol: string, summary: string): void {
    const rows = this.#rows[severity];
    const key = `${group}\n${protocol}\n${summary}`;
    const row = rows.get(key);
    if (row !== undefined) row.count++;
    else if (rows.size < MAX_ROWS) rows.set(key, { group, protocol, summary, count: 1 });
  }

  text(): string {
    return this.#shown
      .filter((severity) => this.#rows[severity].size > 0)
      .map((severity) => section(TITLES[severity], [...this.#rows[severity].values()]))
      .join('');
  }
}

/** The most frequent first. */
function section(title: string, rows: readonly Row[]): string {
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  const lines = rows.map(
    ({ count, group, protocol, summary }) =>
      `${String(count).padStart(12)} ${group.padStart(10)} ${protocol.padStart(18)}  ${summary}\n`,
  );
  return (
    `\n${title} (${total})\n=============\n` +
    `   Frequency      Group           Protocol  Summary\n${lines.join('')}`
  );
}

/** As tshark names a protocol; what ends a dissection early was RPC. */
const PROTOCOLS: Readonly<Record<string, string>> = { geneve: 'Geneve', '_ws.malformed': 'RPC' };

function addRemark({ protocol, severity, group, message }: ExpertRemark, infos: ExpertInfos): void {
  const malformed = protocol === '_ws.malformed';
  // where a message is broken is of that message alone; that bytes are none is counted below
  const summary = malformed ? 'Malformed Packet (Exception occurred)' : message;
  if (protocol === 'rpc') return;
  infos.add(
    expertSeverity(severity),
    expertGroup(group),
    PROTOCOLS[protocol] ?? protocol.toUpperCase(),
    summary,
  );
}

function addPdu(pdu: Pdu, infos: ExpertInfos): void {
  for (const note of pdu.notes) infos.add('warn', 'Sequence', 'RPC', upper(note));
  if (pdu.kind === 'continuation') infos.add('warn', 'Undecoded', 'RPC', 'Bytes that are no RPC message');
  if (pdu.kind !== 'message') return;
  if (pdu.dupOf > 0) {
    const what = pdu.msgtyp === 0 ? 'Call sent again (RPC retransmission)' : 'Reply sent again';
    infos.add('note', 'Sequence', 'RPC', what);
  }
  if (pdu.msgtyp === 1 && pdu.call === null) infos.add('note', 'Sequence', 'RPC', 'Reply without its call');
}

function upper(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function isSeverity(word: string): word is Severity {
  return (SEVERITIES as readonly string[]).includes(word);
}

export const expertInfos: Statistic = {
  name: 'expert',
  usage: 'expert[,error|warn|note|chat][,FILTER]',
  descriptions: 'all',
  start(args, context) {
    const [word = '', ...rest] = args.split(',');
    const least = isSeverity(word) ? word : undefined;
    const infos = new ExpertInfos(least);
    const test = tapFilter(least === undefined ? args : rest.join(','), context);
    const experts = context.experts();
    return {
      bodies: true,
      add(frame: Frame, pdus: PduList) {
        if (!test(frame, pdus)) return;
        for (const remark of experts.remarks) addRemark(remark, infos);
        if (context.compat) return;
        for (let i = 0; i < pdus.count; i++) addPdu(pdus.pdus[i]!, infos);
      },
      text: () => infos.text(),
    };
  },
};
