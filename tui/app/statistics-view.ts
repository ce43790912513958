/** The statistics as pages of text: programs, latency, clients, errors, and all over time. Made anew for each frame. */
import type { Histogram } from '../../dissector/stats/histogram.ts';
import { Style } from '../screen/style.ts';
import { textCells } from '../screen/text-cells.ts';
import {
  CALLS,
  ERRORS,
  outcomeText,
  type ProcedureCounts,
  type Statistics,
  statisticsJson,
} from '../trace/statistics.ts';
import { latencyText } from '../views/list-view.ts';
import { count } from '../views/screen-view.ts';
import type { App } from './app.ts';
import { Prompt } from './prompt.ts';
import { type StyledLine, TextOverlay, type TextPage } from './text-overlay.ts';

const BARS = '▁▂▃▄▅▆▇█';
const SPARK_CELLS = 16;
const TOP_CLIENTS = 1000;

export function openStatistics(app: App): void {
  const { statistics } = app;
  app.overlay = new TextOverlay({
    title: 'Statistics',
    pages: [
      page('programs', () => programs(app)),
      page('latency', () => latency(app)),
      page('clients', () => clients(statistics)),
      page('errors', () => errors(app)),
      { name: 'timeline', lines: (width) => timeline(statistics, width) },
    ],
    keys: { e: { hint: 'save as JSON', run: save } },
  });
}

function page(name: string, rows: () => string[][]): TextPage {
  return { name, lines: () => table(rows()) };
}

function save(app: App): void {
  app.overlay = new Prompt('Save statistics as JSON to', '', (path) => {
    const name = path.trim();
    if (name === '') return;
    try {
      const file = app.host.create(name);
      const { trace, inspection } = app.capture;
      file.write(Buffer.from(statisticsJson(app.statistics, trace, inspection.walker.programs)));
      file.close();
      app.message = `the statistics are in ${name}`;
    } catch (e) {
      app.message = `${name}: ${(e as Error).message}`;
    }
  });
}

/** Rows with a heading first; all but the first column to the right. */
function table([heading = [], ...rows]: string[][]): StyledLine[] {
  const widths = heading.map((_, c) => Math.max(...[heading, ...rows].map((row) => textCells(row[c] ?? ''))));
  const line = (row: string[]): string =>
    row
      .map((cell, c) => {
        const blanks = ' '.repeat(Math.max(0, widths[c]! - textCells(cell)));
        return c === 0 ? cell + blanks : blanks + cell;
      })
      .join('  ');
  return [heading, ...rows].map((row, i) => ({
    text: ` ${line(row)}`,
    style: i === 0 ? Style.heading : Style.plain,
  }));
}

function nameOf(app: App, id: number): [program: string, procedure: string] {
  const { program, version, procedure } = app.capture.trace.procedures[id]!;
  const { programs } = app.capture.inspection.walker;
  return [
    `${programs.column(program) ?? program} V${version}`,
    program < 0 ? 'call not seen' : programs.procedure(program, version, procedure),
  ];
}

function byCalls(app: App): [number, ProcedureCounts][] {
  return [...app.statistics.procedures].sort(([, a], [, b]) => b.calls - a.calls || b.replies - a.replies);
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0);

function programs(app: App): string[][] {
  const found = new Map<string, { calls: number; replies: number; repeats: number; errors: number }>();
  for (const [id, c] of byCalls(app)) {
    const [name] = nameOf(app, id);
    const t = found.get(name) ?? { calls: 0, replies: 0, repeats: 0, errors: 0 };
    t.calls += c.calls;
    t.replies += c.replies;
    t.repeats += c.repeats;
    t.errors += sum(c.errors.values());
    found.set(name, t);
  }
  return [
    ['Program', 'Calls', 'Replies', 'Repeats', 'Errors'],
    ...[...found].map(([name, t]) => [
      name,
      count(t.calls),
      count(t.replies),
      count(t.repeats),
      count(t.errors),
    ]),
  ];
}

function latency(app: App): string[][] {
  const rows = byCalls(app).filter(([, { latency: h }]) => h.count > 0);
  return [
    ['Procedure', 'Replies', 'min', 'p50', 'p90', 'p99', 'p99.9', 'max', 'spread from min to max'],
    ...rows.map(([id, { latency: h }]) => [
      nameOf(app, id).join(' '),
      count(h.count),
      ...[h.min, ...[50, 90, 99, 99.9].map((p) => h.percentile(p)), h.max].map(latencyText),
      spread(h),
    ]),
  ];
}

/** How many replies took how long, from the shortest to the longest in equal steps of their logarithm. */
function spread(h: Histogram): string {
  const low = Math.log(Math.max(1, h.min));
  const step = (Math.log(Math.max(1, h.max)) - low) / SPARK_CELLS;
  const parts = new Array<number>(SPARK_CELLS).fill(0);
  // a hundred ranks tell the shape of any number of replies
  for (let percent = 0.5; percent < 100; percent++) {
    const at = step === 0 ? 0 : Math.floor((Math.log(Math.max(1, h.percentile(percent))) - low) / step);
    const part = Math.min(SPARK_CELLS - 1, Math.max(0, at));
    parts[part] = parts[part]! + 1;
  }
  return sparkline(parts);
}

/** A bar a number, the highest full; a blank for none. */
export function sparkline(numbers: readonly number[]): string {
  const most = Math.max(1, ...numbers);
  return numbers
    .map((n) => (n === 0 ? ' ' : BARS[Math.min(BARS.length - 1, Math.floor((n / most) * BARS.length))]!))
    .join('');
}

function clients(statistics: Statistics): string[][] {
  const top = [...statistics.clients].sort(([, a], [, b]) => b.calls - a.calls).slice(0, TOP_CLIENTS);
  return [['Client', 'Calls', 'Errors'], ...top.map(([name, c]) => [name, count(c.calls), count(c.errors)])];
}

function errors(app: App): string[][] {
  const rows = byCalls(app).flatMap(([id, c]) =>
    [...c.errors].map(([outcome, n]) => [nameOf(app, id).join(' '), outcomeText(outcome), count(n)]),
  );
  if (rows.length === 0) return [['No reply but SUCCESS']];
  return [['Procedure', 'Verdict', 'Replies'], ...rows];
}

/** Cells of the timeline's scale. */
const SCALE = 10;

function timeline({ timeline: t }: Statistics, width: number): StyledLine[] {
  const parts = Math.max(1, width - SCALE - 2);
  const calls = t.counts(CALLS, parts);
  const wrong = t.counts(ERRORS, parts);
  const seconds = (t.length * t.width) / Math.max(1, calls.length);
  const rate = (n: number): string => `${count(Math.round(n / seconds))}/s`;
  const height = 8;
  const most = Math.max(1, ...calls);
  const rows = Array.from({ length: height }, (_, i) => {
    const level = height - 1 - i;
    const text = calls
      .map((n) => {
        const eighths = Math.round((n / most) * height * 8) - level * 8;
        return eighths <= 0 ? (level === 0 && n > 0 ? '▁' : ' ') : BARS[Math.min(7, eighths - 1)]!;
      })
      .join('');
    return { text: `${(i === 0 ? rate(most) : '').padStart(SCALE)} ${text}`, style: Style.chart };
  });
  return [
    {
      text: ` Calls over ${(t.length * t.width).toFixed(1)} s, ${seconds.toFixed(3)} s a column`,
      style: Style.heading,
    },
    ...rows,
    { text: '', style: Style.plain },
    { text: ' Errors', style: Style.heading },
    { text: `${rate(Math.max(0, ...wrong)).padStart(SCALE)} ${sparkline(wrong)}`, style: Style.bad },
  ];
}
