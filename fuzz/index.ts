export {
  type Answer,
  AnswerFault,
  type AnswerTarget,
  type AnswerTargetInit,
  answerTarget,
} from './answer-target.ts';
export { type Baseline, parseBaseline } from './baseline.ts';
export { FAMILIES, type Family, isKnown, isOf, SHAPE_NOTES } from './catalogue.ts';
export { CodecFault, codecTarget } from './codec-target.ts';
export { CorpusBuilder, type CorpusCall } from './corpus.ts';
export { dictionaryOf } from './dictionary.ts';
export type { Expectation, Profile, Served } from './expect.ts';
export { expectMessage } from './expect.ts';
export { type Finding, FindingError, parseFinding } from './finding.ts';
export { findingCapture } from './finding-capture.ts';
export { addCapture } from './from-capture.ts';
export {
  type Execute,
  fuzzInProcess,
  type InProcessFinding,
  type InProcessOptions,
  type InProcessResult,
} from './in-process.ts';
export { inspectTarget } from './inspect-target.ts';
export { type Fault, judge, type Oracle } from './judge.ts';
export { type MergedRuns, mergeRuns, parseRun, RUN_FORMAT, type RunResults } from './merge.ts';
export { minimize, sizeOf } from './minimize.ts';
export { caseOf, type FuzzCase, type FuzzProcedure, type PlanOptions, plan, procedureId } from './plan.ts';
export {
  REPORT_ENDINGS,
  REPORT_FORMAT,
  type Report,
  type ReportedFinding,
  type ReportFormat,
  type RunSummary,
  reportFormat,
  reportText,
} from './report.ts';
export { type ReproduceOptions, reproduce } from './reproduce.ts';
export { type RunOptions, type RunResult, runFuzz, type Supervised } from './run.ts';
export { servedBy, servedOf } from './served.ts';
export { Supervisor } from './supervise.ts';
