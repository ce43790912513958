/**
 * A report of one run or of several that were merged, in the forms that machines and people read, by a file's ending.
 * Text out, pure; everything in it that came from a peer, a `.x` or a finding's file is escaped for its sink.
 */
import type { Finding } from './finding.ts';
import { htmlReport } from './report-html.ts';
import { junitReport } from './report-junit.ts';
import { sarifReport } from './report-sarif.ts';

export const REPORT_FORMAT = 'oncilla-fuzz-report/1';

/** What one run did. */
export interface RunSummary {
  readonly target: string;
  readonly seed: number;
  /** '2/4', or null for a run that sent everything */
  readonly shard: string | null;
  /** RFC 3339: tells a run from another of the same seed */
  readonly started: string;
  readonly cases: number;
  readonly seconds: number;
  /** answers by their names, and silence */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly procedures: readonly string[];
  readonly interrupted: boolean;
  /** the target was lost and did not come back */
  readonly gone: boolean;
}

/** A finding as reported: where it was written, the line that reproduces it, and whether a baseline knows it. */
export interface ReportedFinding extends Finding {
  readonly file: string;
  readonly reproduce: string;
  readonly baselined: boolean;
}

export interface Report {
  readonly format: typeof REPORT_FORMAT;
  /** of oncilla */
  readonly version: string;
  readonly runs: readonly RunSummary[];
  readonly findings: readonly ReportedFinding[];
}

export const REPORT_ENDINGS = ['json', 'ndjson', 'xml', 'sarif', 'html'] as const;

export type ReportFormat = (typeof REPORT_ENDINGS)[number];

/** The format that a file's ending names; undefined for one that is none. */
export function reportFormat(file: string): ReportFormat | undefined {
  const ending = /\.([a-z]+)$/.exec(file)?.[1];
  return REPORT_ENDINGS.find((one) => one === ending);
}

export function reportText(report: Report, format: ReportFormat): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'ndjson':
      return ndjson(report);
    case 'xml':
      return junitReport(report);
    case 'sarif':
      return sarifReport(report);
    case 'html':
      return htmlReport(report);
  }
}

/** A line a finding, a line a run, and one that sums up. */
function ndjson({ format, version, runs, findings }: Report): string {
  const known = findings.filter((one) => one.baselined).length;
  const lines = [
    ...findings.map((finding) => ({ event: 'finding', ...finding })),
    ...runs.map((run) => ({ event: 'run', ...run })),
    { event: 'summary', report: format, version, cases: casesOf(runs), findings: findings.length, known },
  ];
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

function casesOf(runs: readonly RunSummary[]): number {
  return runs.reduce((sum, run) => sum + run.cases, 0);
}
