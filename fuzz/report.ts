/**
 * A run's report in the forms that machines read: JSON, NDJSON, JUnit. Text out, pure; everything in it that came from
 * a peer or a `.x` is escaped for its sink.
 */
import { escapeMarkupAttribute, escapeMarkupText } from '../codec/escape/index.ts';
import type { Finding } from './finding.ts';

/** A finding as reported: with the line that reproduces it, and whether a baseline knows it. */
export interface ReportedFinding extends Finding {
  readonly reproduce: string;
  readonly baselined: boolean;
}

export interface Report {
  readonly target: string;
  readonly seed: number;
  readonly cases: number;
  readonly seconds: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly procedures: readonly string[];
  readonly findings: readonly ReportedFinding[];
}

export type ReportFormat = 'json' | 'ndjson' | 'xml';

/** The format that a file's ending names; undefined for one that is none. */
export function reportFormat(file: string): ReportFormat | undefined {
  const ending = /\.([a-z]+)$/.exec(file)?.[1];
  return ending === 'json' || ending === 'ndjson' || ending === 'xml' ? ending : undefined;
}

export function reportText(report: Report, format: ReportFormat): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'ndjson':
      return ndjson(report);
    case 'xml':
      return junit(report);
  }
}

function ndjson({ findings, ...summary }: Report): string {
  const lines = findings.map((finding) => JSON.stringify({ event: 'finding', ...finding }));
  return `${[...lines, JSON.stringify({ event: 'summary', ...summary, findings: findings.length })].join('\n')}\n`;
}

/** One test case a procedure; each finding in it a failure, one that a baseline knows is skipped. */
function junit({ target, seed, seconds, procedures, findings }: Report): string {
  const fresh = findings.filter((one) => !one.baselined);
  const names = [...new Set([...procedures, ...findings.map(procedureOf)])];
  const cases = names.map((name) =>
    junitCase(
      name,
      findings.filter((one) => procedureOf(one) === name),
    ),
  );
  const failed = new Set(fresh.map(procedureOf)).size;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="${escapeMarkupAttribute(`oncilla fuzz ${target}`)}" tests="${names.length}" failures="${failed}" errors="0" time="${seconds.toFixed(3)}">`,
    `  <properties><property name="seed" value="${seed}"/></properties>`,
    ...cases,
    '</testsuite>',
    '',
  ].join('\n');
}

function junitCase(name: string, findings: readonly ReportedFinding[]): string {
  const head = `  <testcase classname="oncilla.fuzz" name="${escapeMarkupAttribute(name)}"`;
  const fresh = findings.filter((one) => !one.baselined);
  if (findings.length === 0) return `${head}/>`;
  if (fresh.length === 0)
    return `${head}><skipped message="${findings.length} known to the baseline"/></testcase>`;
  const text = fresh
    .map(
      (one) => `${one.id} ${one.bucket}\n${one.detail}\ncase ${one.case}, seed ${one.seed}\n${one.reproduce}`,
    )
    .join('\n\n');
  const message = escapeMarkupAttribute(fresh.map((one) => one.bucket).join('; '));
  return `${head}><failure message="${message}">${escapeMarkupText(text)}</failure></testcase>`;
}

/** 'LEDGER_ECHO.1': what a bucket and a plan call it. */
function procedureOf({ procedure, version }: Finding): string {
  return `${procedure}.${version}`;
}
