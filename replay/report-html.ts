/**
 * A replay for people, as one HTML file that needs nothing else. Summary, latencies recorded against replayed,
 * differences by their path and call by call. All text passes the markup escaper; what is shown is bounded, and says
 * what it leaves out.
 */
import { seconds } from '../dissector/stats/calls.ts';
import type { Histogram } from '../dissector/stats/histogram.ts';
import { cell, code, more, number, page, table, text } from './html-page.ts';
import { type Latencies, type Outcome, type Tally, VERDICTS } from './outcome.ts';
import type { ReportSubject } from './report.ts';
import type { Replayed } from './run.ts';

const MAX_PATHS = 500;
const MAX_CALLS = 1000;
/** Calls named for one path. */
const MAX_NUMBERS = 12;

export function htmlReport(subject: ReportSubject, replayed: Replayed, outcomes: readonly Outcome[]): string {
  const { tally } = replayed;
  const title = `Replay of ${subject.capture}`;
  return page(title, [
    `<p class="dim">to ${text(subject.targets.join(', '))} · ${subject.calls} calls on ${subject.connections} ` +
      `connections · timing ${text(subject.timing)}</p>`,
    verdicts(tally),
    summary(replayed),
    latencies(tally),
    byPath(outcomes),
    byCall(outcomes),
  ]);
}

function verdicts({ verdicts: counts }: Tally): string {
  const items = VERDICTS.map((verdict) => {
    const isGood = verdict === 'same' || verdict === 'mapped';
    const mark = counts[verdict] === 0 ? 'dim' : isGood ? 'good' : 'bad';
    return `<li class="${mark}"><b>${counts[verdict]}</b>${verdict}</li>`;
  });
  return `<ul class="verdicts">${items.join('')}</ul>`;
}

function summary({ tally, elapsedNs, lost, isInterrupted }: Replayed): string {
  const rate = elapsedNs === 0 ? 0 : Math.round(tally.sent / (elapsedNs / 1e9));
  const rows = [
    ['sent', `${tally.sent} calls in ${seconds(Math.round(elapsedNs))} s, ${rate} a second`],
    ...(tally.resent === 0 ? [] : [['sent again', `${tally.resent} datagrams`]]),
    ...[...tally.unsent].map(([why, count]) => ['not sent', `${count}: ${why}`]),
    ...(tally.late.count === 0 ? [] : [['sent late by', percentiles(tally.late)]]),
    ...(tally.sinceDue.count === 0 ? [] : [['answered since due', percentiles(tally.sinceDue)]]),
    ...(isInterrupted ? [['interrupted', 'the rest was not sent']] : []),
    ...(lost === null ? [] : [['target lost', lost.message]]),
  ];
  return table(
    '',
    [],
    rows.map(([name = '', value = '']) => [cell(name), cell(value)]),
  );
}

function percentiles(times: Histogram): string {
  return [50, 90, 99, 99.9]
    .map((percent) => `p${percent} ${seconds(times.percentile(percent))} s`)
    .join(', ');
}

function latencies({ all, procedures }: Tally): string {
  const rows = [...procedures]
    .sort(([, a], [, b]) => b.recorded.count - a.recorded.count)
    .map(([name, times]) => latencyRow(name, times));
  const heads = [
    'procedure',
    '-calls',
    '-p50 recorded',
    '-replayed',
    '-p99 recorded',
    '-replayed',
    '-max recorded',
    '-replayed',
  ];
  const total = latencyRow('all', all);
  return `<h2>Latency</h2>${table('milliseconds', heads, [...rows.slice(0, MAX_PATHS), total])}${more(rows.length, MAX_PATHS, 'procedures')}`;
}

function latencyRow(name: string, { recorded, replayed }: Latencies): string[] {
  const cells = [50, 99, 100].flatMap((percent) =>
    [recorded, replayed].map((times) => number(times.count === 0 ? '–' : milliseconds(times, percent))),
  );
  return [cell(name), number(String(Math.max(recorded.count, replayed.count))), ...cells];
}

function milliseconds(times: Histogram, percent: number): string {
  return ((percent === 100 ? times.max : times.percentile(percent)) / 1e6).toFixed(3);
}

/** What differs, gathered by place: one changed field of a server shows as one row, however many calls it meets. */
function byPath(outcomes: readonly Outcome[]): string {
  const places = new Map<
    string,
    { procedure: string; path: string; a: string; b: string; calls: Outcome[] }
  >();
  for (const outcome of outcomes) {
    for (const { path, a, b } of outcome.changes) {
      const place = path.replace(/\[\d+\]/g, '[]');
      const key = JSON.stringify([outcome.procedure, place]);
      const known = places.get(key);
      if (known !== undefined) known.calls.push(outcome);
      else {
        const found = {
          procedure: outcome.procedure,
          path: place,
          a: a ?? '(none)',
          b: b ?? '(none)',
          calls: [outcome],
        };
        places.set(key, found);
      }
    }
  }
  if (places.size === 0) return '<h2>Differences</h2><p class="good">none in any answer</p>';
  const rows = [...places.values()]
    .sort((a, b) => b.calls.length - a.calls.length)
    .slice(0, MAX_PATHS)
    .map(({ procedure, path, a, b, calls }) => {
      const which = [...new Set(calls.map(nameOf))];
      const named = which.slice(0, MAX_NUMBERS).join(', ');
      const rest = which.length > MAX_NUMBERS ? ` and ${which.length - MAX_NUMBERS} more` : '';
      return [
        cell(procedure),
        code(path),
        number(String(calls.length)),
        code(a),
        code(b),
        cell(named + rest),
      ];
    });
  const heads = ['procedure', 'path', '-times', 'recorded', 'replayed', 'calls'];
  return `<h2>Differences by path</h2>${table('values are of the first', heads, rows)}${more(places.size, MAX_PATHS, 'paths')}`;
}

function byCall(outcomes: readonly Outcome[]): string {
  const differing = outcomes.filter(
    ({ verdict }) => verdict !== null && verdict !== 'same' && verdict !== 'mapped',
  );
  if (differing.length === 0) return '';
  const rows = differing.slice(0, MAX_CALLS).map((outcome) => {
    const { call, procedure, verdict, note, changes } = outcome;
    const lines = changes.map(({ path, a, b }) => `${path}: ${a ?? '(none)'} → ${b ?? '(none)'}`);
    const what = [...(note === '' ? [] : [note]), ...lines].join('\n');
    const frame = call === null ? '' : String(call.frame);
    return [
      cell(nameOf(outcome)),
      number(frame),
      cell(procedure),
      `<td class="bad">${verdict}</td>`,
      code(what),
    ];
  });
  const heads = ['call', '-frame', 'procedure', 'verdict', 'difference'];
  return `<h2>Calls that differ</h2>${table('', heads, rows)}${more(differing.length, MAX_CALLS, 'calls')}`;
}

function nameOf({ call, isCallback }: Outcome): string {
  if (call === null) return 'unexpected';
  return isCallback ? `callback ${call.number}` : `call ${call.number}`;
}
