/**
 * A fuzz report for people, as one HTML file that needs nothing else: what was run, and each finding with its bucket,
 * the bytes that show it and the line that reproduces it. All text passes the markup escaper; what is shown is bounded.
 */
import { cell, code, more, number, page, table, text } from '../replay/html-page.ts';
import type { Report, ReportedFinding, RunSummary } from './report.ts';

const MOST_FINDINGS = 500;
const MOST_MESSAGES = 16;
/** Bytes of a message that are shown. */
const MOST_BYTES = 512;

export function htmlReport({ version, runs, findings }: Report): string {
  const fresh = findings.filter((one) => !one.baselined).length;
  const shown = findings.slice(0, MOST_FINDINGS);
  return page(`Fuzzing of ${[...new Set(runs.map(({ target }) => target))].join(', ')}`, [
    `<p class="dim">oncilla ${text(version)}</p>`,
    '<ul class="verdicts">',
    mark(fresh, 'findings', fresh > 0 ? 'bad' : 'good'),
    mark(findings.length - fresh, 'known to the baseline', 'dim'),
    mark(
      runs.reduce((sum, { cases }) => sum + cases, 0),
      'cases',
      'dim',
    ),
    '</ul>',
    '<h2>Runs</h2>',
    table('', ['-seed', 'shard', '-cases', '-seconds', 'answers', 'procedures', ''], runs.map(runRow)),
    ...(findings.length === 0 ? [] : ['<h2>Findings</h2>', overview(shown)]),
    ...shown.map(section),
    more(findings.length, MOST_FINDINGS, 'findings'),
  ]);
}

function mark(count: number, what: string, as: string): string {
  return `<li class="${count === 0 && as === 'bad' ? 'dim' : as}"><b>${count}</b>${text(what)}</li>`;
}

function runRow({
  seed,
  shard,
  cases,
  seconds,
  outcomes,
  procedures,
  interrupted,
  gone,
}: RunSummary): string[] {
  const answers = Object.entries(outcomes).map(([name, n]) => `${name} ${n}`);
  const end = [...(interrupted ? ['interrupted'] : []), ...(gone ? ['the target is gone'] : [])];
  return [
    number(String(seed)),
    cell(shard ?? ''),
    number(String(cases)),
    number(seconds.toFixed(1)),
    cell(answers.join(', ')),
    cell(procedures.join(', ')),
    cell(end.join(', ')),
  ];
}

function overview(findings: readonly ReportedFinding[]): string {
  const rows = findings.map((one) => [
    `<td><a href="#${text(one.id)}">${text(one.id)}</a></td>`,
    cell(one.oracle),
    cell(`${one.procedure}.${one.version}`),
    code(one.bucket),
    number(String(one.count)),
    cell(standing(one)),
  ]);
  return table('', ['id', 'oracle', 'procedure', 'bucket', '-cases', ''], rows);
}

function standing({ baselined, confirmed }: ReportedFinding): string {
  return baselined ? 'known' : confirmed ? '' : 'not seen again alone';
}

function section(finding: ReportedFinding): string {
  const { id, bucket, detail, seed, reproduce, file, prime, messages, reply } = finding;
  const row = (name: string, value: string): string[] => [cell(name), code(value)];
  const bytes = (name: string, list: readonly string[]): string[][] =>
    list
      .slice(0, MOST_MESSAGES)
      .map((hex, i) => row(list.length > 1 ? `${name} ${i + 1}` : name, hexText(hex)));
  const rows = [
    row('case', `${finding.case}, seed ${seed}`),
    row('reproduce', reproduce),
    row('file', file),
    ...bytes('sent before, elsewhere', prime),
    ...bytes('sent', messages),
    row('reply', reply === null ? 'none' : hexText(reply)),
  ];
  return (
    `<h2 id="${text(id)}">${text(bucket)}</h2><p>${text(detail)}</p>` +
    `${table('', [], rows)}${more(messages.length, MOST_MESSAGES, 'messages')}`
  );
}

/** Words of four bytes, as they stand in an RPC message. */
function hexText(hex: string): string {
  const shown = hex.slice(0, MOST_BYTES * 2).replace(/.{8}(?=.)/g, '$& ');
  const left = hex.length / 2 - MOST_BYTES;
  return left > 0 ? `${shown} … ${left} bytes more` : shown;
}
