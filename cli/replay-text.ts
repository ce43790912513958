/**
 * What `replay` prints for people: a line for each call that was answered otherwise, and the summary. Everything that
 * a peer or a file says passes the terminal escaper.
 */
import { escapeTerminal } from '../codec/escape/index.ts';
import { seconds } from '../dissector/stats/calls.ts';
import type { Histogram } from '../dissector/stats/histogram.ts';
import { type Outcome, type Replayed, VERDICTS } from '../replay/index.ts';

/** Procedures shown with latencies of their own; the rest is in reports. */
const MAX_PROCEDURES = 20;

const UNSENT: Readonly<Record<NonNullable<Outcome['unsent']>, string>> = {
  gss: 'unreplayable: sealed by GSS',
  des: 'unreplayable: sealed by DES',
  cut: 'unreplayable: not captured whole',
  handshake: "part of a handshake, which is the transport's",
  untargeted: 'of programs without a target',
};

/** Nothing for a call that was answered as recorded, or not sent; a mutated one is always told of. */
export function outcomeText(outcome: Outcome): string {
  const { call, verdict, procedure, changes, note, isCallback, isMutated } = outcome;
  if (verdict === null || ((verdict === 'same' || verdict === 'mapped') && !isMutated)) return '';
  const what = isCallback ? 'callback' : 'call';
  const which = call === null ? '' : ` ${what} ${call.number} (frame ${call.frame})`;
  const head = `${verdict.padEnd(8)}${which} ${procedure}${note === '' ? '' : `: ${note}`}`;
  const lines = changes.map(({ path, a, b }) => `           ${path}: ${a ?? '(none)'} → ${b ?? '(none)'}`);
  return [head, ...lines].map((line) => `${escapeTerminal(line)}\n`).join('');
}

const SHOWN = [50, 90, 99, 100] as const;

function percentiles(times: Histogram): string {
  if (times.count === 0) return 'none';
  return SHOWN.map((percent) => {
    const ns = percent === 100 ? times.max : times.percentile(percent);
    return `${percent === 100 ? 'max' : `p${percent}`} ${seconds(ns)}`;
  }).join('  ');
}

export function summaryText({ tally, elapsedNs, lost, isInterrupted }: Replayed): string {
  const { verdicts, unsent, all, late, sinceDue, procedures } = tally;
  const sent = elapsedNs === 0 ? 0 : Math.round(tally.sent / (elapsedNs / 1e9));
  const lines = [
    `${tally.sent} calls sent in ${seconds(Math.round(elapsedNs))} s (${sent} a second): ` +
      VERDICTS.map((verdict) => `${verdicts[verdict]} ${verdict}`).join(', '),
    ...(tally.resent === 0 ? [] : [`${tally.resent} datagrams sent again, for want of an answer`]),
    ...[...unsent].map(([why, count]) => `${count} not sent, ${UNSENT[why]}`),
    `latency recorded: ${percentiles(all.recorded)}`,
    `latency replayed: ${percentiles(all.replayed)}`,
    ...(late.count === 0
      ? []
      : [`sent late by: ${percentiles(late)}`, `replies since due: ${percentiles(sinceDue)}`]),
  ];
  const shown = [...procedures]
    .sort(([, a], [, b]) => b.recorded.count - a.recorded.count)
    .slice(0, MAX_PROCEDURES);
  const width = Math.max(9, ...shown.map(([name]) => name.length));
  if (shown.length > 0) {
    lines.push(
      `${'procedure'.padEnd(width)}  ${'calls'.padStart(7)}  p50 recorded  p50 replayed  p99 recorded  p99 replayed`,
    );
  }
  for (const [name, { recorded, replayed }] of shown) {
    const cells = [50, 99].flatMap((percent) =>
      [recorded, replayed].map((times) =>
        (times.count === 0 ? '-' : seconds(times.percentile(percent))).padStart(12),
      ),
    );
    const count = String(Math.max(recorded.count, replayed.count)).padStart(7);
    lines.push(`${name.padEnd(width)}  ${count}  ${cells.join('  ')}`);
  }
  if (procedures.size > shown.length) lines.push(`and ${procedures.size - shown.length} procedures more`);
  if (isInterrupted) lines.push('interrupted: the rest was not sent');
  if (lost !== null) lines.push(`target lost: ${lost.message}`);
  return lines.map((line) => `${escapeTerminal(line)}\n`).join('');
}
