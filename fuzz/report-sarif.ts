/**
 * A fuzz report as SARIF 2.1.0 (OASIS), for the code scanning of a forge: a rule an oracle, a result a finding, at the
 * file that it was written to, with its id as fingerprint; one that a baseline knows is suppressed. JSON escapes what
 * came from outside; a message's text is plain text, never Markdown.
 */
import type { Oracle } from './judge.ts';
import type { Report, ReportedFinding, RunSummary } from './report.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

/** What each oracle means, for a reader who sees its name only. */
const RULES: Readonly<Record<Oracle, string>> = {
  accepted: 'Arguments that do not decode were answered SUCCESS',
  verdict: 'Another verdict than RFC 5531 allows',
  system: 'SYSTEM_ERR for malformed input',
  silence: 'No answer where one is due',
  closed: 'The connection was closed where an answer is due',
  reply: 'A reply that is none by RFC 5531 and the .x',
  taint: "Memory of another client's message in a reply",
  canary: 'Other clients were no longer served',
  crash: 'The server ended',
  latency: 'A late answer',
  memory: 'Memory grew and was not given back',
  descriptors: 'Descriptors were left open',
};

/** Oracles that tell of a matter of degree. */
const WARNINGS: ReadonlySet<string> = new Set(['latency', 'memory', 'descriptors']);

export function sarifReport({ version, runs, findings }: Report): string {
  const rules = [...new Set(findings.map(({ oracle }) => oracle))].sort();
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'oncilla fuzz',
            semanticVersion: version,
            rules: rules.map((id) => ({
              id,
              shortDescription: { text: RULES[id as Oracle] ?? id },
              defaultConfiguration: { level: levelOf(id) },
            })),
          },
        },
        invocations: runs.map(invocation),
        results: findings.map((finding) => result(finding, rules)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function levelOf(oracle: string): 'warning' | 'error' {
  return WARNINGS.has(oracle) ? 'warning' : 'error';
}

function invocation({ target, seed, shard, started, cases, seconds, interrupted, gone }: RunSummary) {
  return {
    executionSuccessful: !gone && !interrupted,
    startTimeUtc: started,
    properties: { target, seed, shard, cases, seconds },
  };
}

function result(finding: ReportedFinding, rules: readonly string[]) {
  const { oracle, detail, bucket, reproduce, file, procedure, version } = finding;
  return {
    ruleId: oracle,
    ruleIndex: rules.indexOf(oracle),
    level: levelOf(oracle),
    message: { text: `${bucket}: ${detail}\nReproduce: ${reproduce}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(file) } },
        logicalLocations: [{ fullyQualifiedName: `${procedure}.${version}`, kind: 'function' }],
      },
    ],
    partialFingerprints: { 'oncillaFinding/v1': finding.id },
    occurrenceCount: finding.count,
    ...(finding.baselined && {
      suppressions: [{ kind: 'external', status: 'accepted', justification: 'known to the baseline' }],
    }),
    properties: {
      case: finding.case,
      seed: finding.seed,
      program: finding.program,
      confirmed: finding.confirmed,
      messages: finding.messages.length,
    },
  };
}

/** A path as a URI reference, relative where the path is. */
function uriOf(file: string): string {
  return file.split(/[/\\]/).map(encodeURIComponent).join('/');
}
