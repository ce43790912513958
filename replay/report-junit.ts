/**
 * A replay for a CI server, as JUnit's XML: a test case for each call, failed where the answer differs, skipped where
 * it was not sent. All text passes the markup escaper.
 */
import { escapeMarkupAttribute, escapeMarkupText } from '../codec/escape/index.ts';
import { type Outcome, VERDICTS } from './outcome.ts';
import type { ReportSubject } from './report.ts';
import type { Replayed } from './run.ts';

export function junitReport(
  subject: ReportSubject,
  replayed: Replayed,
  outcomes: readonly Outcome[],
): string {
  const { tally, elapsedNs, lost } = replayed;
  const { changed, missing, extra } = tally.verdicts;
  const skipped = outcomes.filter(({ verdict }) => verdict === null).length;
  const name = escapeMarkupAttribute(`oncilla replay ${subject.capture} to ${subject.targets.join(', ')}`);
  const counts =
    `tests="${outcomes.length}" failures="${changed + missing + extra}" ` +
    `errors="${lost === null ? 0 : 1}" skipped="${skipped}" time="${(elapsedNs / 1e9).toFixed(6)}"`;
  const properties = VERDICTS.map(
    (verdict) => `      <property name="${verdict}" value="${tally.verdicts[verdict]}"/>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${name}" ${counts}>`,
    '    <properties>',
    ...properties,
    '    </properties>',
    ...outcomes.map(testCase),
    ...(lost === null ? [] : [`    <system-err>${escapeMarkupText(lost.message)}</system-err>`]),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(outcome: Outcome): string {
  const { call, procedure, replayedNs, isCallback } = outcome;
  const number = call === null ? 'unexpected' : `${isCallback ? 'callback' : 'call'} ${call.number}`;
  const where = call === null ? '' : ` (frame ${call.frame})`;
  const attributes =
    `classname="${escapeMarkupAttribute(procedure)}" name="${escapeMarkupAttribute(`${number}${where}`)}" ` +
    `time="${((replayedNs ?? 0) / 1e9).toFixed(6)}"`;
  const body = bodyOf(outcome);
  return body === '' ? `    <testcase ${attributes}/>` : `    <testcase ${attributes}>${body}</testcase>`;
}

function bodyOf({ verdict, unsent, changes, note }: Outcome): string {
  if (verdict === null) return `<skipped message="${escapeMarkupAttribute(unsent ?? 'not sent')}"/>`;
  if (verdict === 'same' || verdict === 'mapped') return '';
  const lines = changes.map(({ path, a, b }) => `${path}: ${a ?? '(none)'} → ${b ?? '(none)'}`);
  const message = note === '' ? (lines[0] ?? verdict) : note;
  return (
    `<failure type="${verdict}" message="${escapeMarkupAttribute(message)}">` +
    `${escapeMarkupText(lines.join('\n'))}</failure>`
  );
}
