/**
 * The tap behind `-z expert`: what deserves a look, counted by severity in tshark's table. TCP's connection events
 * and malformed messages are tshark's; notes of the session layer (lost bytes, xids used again, replies without a
 * call), repeated messages and what is wrong within a message are ours. Bounded by `MAX_ROWS`; never throws but for
 * a bad filter.
 */
import type { Frame } from '../network/frame.ts';
import type { Pdu } from '../session/pdu.ts';
import type { PduList } from '../session/pdu-list.ts';
import type { Statistic, StatisticContext } from './statistic.ts';
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

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;

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

function addTcp(frame: Frame, infos: ExpertInfos): void {
  if (frame.transport !== 6 || frame.quoteLayer >= 0) return;
  const flags = frame.tcpFlags;
  if ((flags & SYN) !== 0) {
    const [kind, port] =
      (flags & ACK) !== 0 ? ['acknowledge (SYN+ACK)', frame.srcPort] : ['request (SYN)', frame.dstPort];
    infos.add('chat', 'Sequence', 'TCP', `Connection establish ${kind}: server port ${port}`);
  }
  if ((flags & FIN) !== 0) infos.add('chat', 'Sequence', 'TCP', 'Connection finish (FIN)');
  if ((flags & RST) !== 0) infos.add('warn', 'Sequence', 'TCP', 'Connection reset (RST)');
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
    const malformed = malformedCounter(context);
    return {
      bodies: true,
      add(frame: Frame, pdus: PduList) {
        if (!test(frame, pdus)) return;
        addTcp(frame, infos);
        for (let i = 0; i < malformed(); i++) {
          infos.add('error', 'Malformed', 'RPC', 'Malformed Packet (Exception occurred)');
        }
        if (context.compat) return;
        for (let i = 0; i < pdus.count; i++) addPdu(pdus.pdus[i]!, infos);
      },
      text: () => infos.text(),
    };
  },
};

function malformedCounter(context: StatisticContext): () => number {
  const def = context.field('_ws.malformed');
  const slot = def && context.observe([def]).slot(def);
  return () => slot?.count ?? 0;
}
