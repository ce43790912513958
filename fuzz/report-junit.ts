/**
 * A fuzz report for a CI server, as JUnit's XML: one test case a procedure, each finding in it a failure, one that a
 * baseline knows is skipped. All text passes the markup escaper.
 */
import { escapeMarkupAttribute, escapeMarkupText } from '../codec/escape/index.ts';
import type { Finding } from './finding.ts';
import type { Report, ReportedFinding } from './report.ts';

export function junitReport({ runs, findings }: Report): string {
  const names = [...new Set([...runs.flatMap(({ procedures }) => procedures), ...findings.map(procedureOf)])];
  const byName = names.map((name) => ({
    name,
    found: findings.filter((one) => procedureOf(one) === name),
  }));
  const failures = byName.filter(({ found }) => found.some(isFresh)).length;
  const skipped = byName.filter(({ found }) => found.length > 0 && !found.some(isFresh)).length;
  const errors = runs.filter(({ gone }) => gone).length;
  const seconds = runs.reduce((sum, run) => sum + run.seconds, 0);
  const title = `oncilla fuzz ${[...new Set(runs.map(({ target }) => target))].join(', ')}`;
  const counts =
    `tests="${names.length}" failures="${failures}" errors="${errors}" skipped="${skipped}" ` +
    `time="${seconds.toFixed(3)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${escapeMarkupAttribute(title)}" ${counts}>`,
    '    <properties>',
    ...runs.map(({ seed, shard }) => {
      const name = shard === null ? 'seed' : `seed of shard ${shard}`;
      return `      <property name="${escapeMarkupAttribute(name)}" value="${seed}"/>`;
    }),
    '    </properties>',
    ...byName.map(({ name, found }) => testCase(name, found)),
    ...(errors === 0 ? [] : ['    <system-err>the target is gone</system-err>']),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function isFresh({ baselined }: ReportedFinding): boolean {
  return !baselined;
}

function testCase(name: string, findings: readonly ReportedFinding[]): string {
  const head = `    <testcase classname="oncilla.fuzz" name="${escapeMarkupAttribute(name)}"`;
  if (findings.length === 0) return `${head}/>`;
  const fresh = findings.filter(isFresh);
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
