/** A report with a hostile finding in it, for tests of its forms. */
import { newFinding } from '../../fuzz/finding.ts';
import type { Report, ReportedFinding, RunSummary } from '../../fuzz/report.ts';
import { caseNamed, PUT } from './base.ts';

export const HOSTILE = '<&">]]>\x1b[2J';

const one = caseNamed(PUT, '/valid');

export const sampleFinding = newFinding(one, {
  fault: { oracle: 'system', shape: '<&">', detail: HOSTILE },
  seed: 1,
  target: 'tcp://h:1',
  profile: 'strict',
  stream: true,
  confirmed: true,
  messages: [one.bytes],
  reply: null,
});

export const sampleReported: ReportedFinding = {
  ...sampleFinding,
  file: 'out dir/a.json',
  reproduce: "oncilla fuzz replay 'a b'",
  baselined: false,
};

export const sampleRun: RunSummary = {
  target: 'tcp://h:1',
  seed: 1,
  shard: null,
  started: '2026-11-22T10:00:00.000Z',
  cases: 10,
  seconds: 2,
  outcomes: { SUCCESS: 10 },
  procedures: ['PLANT_NULL.1', 'PLANT_PUT.1'],
  interrupted: false,
  gone: false,
};

export const sampleReport: Report = {
  format: 'oncilla-fuzz-report/1',
  version: '1.2.3',
  runs: [sampleRun],
  findings: [sampleReported],
};

export const knownReport: Report = { ...sampleReport, findings: [{ ...sampleReported, baselined: true }] };
