import { expect } from 'chai';
import { z } from 'zod';
import { reportText } from '../../fuzz/report.ts';
import { knownReport, sampleReport, sampleRun } from './sample-report.ts';

/** What SARIF 2.1.0's schema requires of the parts that we write; a property that it does not have is refused. */
const message = z.strictObject({ text: z.string() });
const properties = z.record(z.string(), z.unknown());
const level = z.enum(['none', 'note', 'warning', 'error']);
const sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z.array(
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.string(),
          semanticVersion: z.string(),
          rules: z.array(
            z.strictObject({
              id: z.string(),
              shortDescription: message,
              defaultConfiguration: z.strictObject({ level }),
            }),
          ),
        }),
      }),
      invocations: z.array(
        z.strictObject({ executionSuccessful: z.boolean(), startTimeUtc: z.iso.datetime(), properties }),
      ),
      results: z.array(
        z.strictObject({
          ruleId: z.string(),
          ruleIndex: z.number().int().min(0),
          level,
          message,
          locations: z.array(
            z.strictObject({
              physicalLocation: z.strictObject({ artifactLocation: z.strictObject({ uri: z.string() }) }),
              logicalLocations: z.array(z.strictObject({ fullyQualifiedName: z.string(), kind: z.string() })),
            }),
          ),
          partialFingerprints: z.record(z.string(), z.string()),
          occurrenceCount: z.number().int().min(1),
          suppressions: z
            .array(
              z.strictObject({
                kind: z.enum(['inSource', 'external']),
                status: z.enum(['accepted', 'underReview', 'rejected']),
                justification: z.string(),
              }),
            )
            .optional(),
          properties,
        }),
      ),
    }),
  ),
});

const parsed = (report: typeof sampleReport) => sarif.parse(JSON.parse(reportText(report, 'sarif')));

describe('fuzz/report-sarif', () => {
  it('has what the schema asks for, a rule for each oracle, and the id as fingerprint', () => {
    const [run] = parsed(sampleReport).runs;
    const [result] = run!.results;
    expect(run?.tool.driver.rules.map(({ id }) => id)).to.deep.equal(['system']);
    expect(result).to.deep.include({ ruleId: 'system', ruleIndex: 0, level: 'error' });
    expect(result?.partialFingerprints).to.deep.equal({
      'oncillaFinding/v1': sampleReport.findings[0]?.id,
    });
    expect(result?.message.text).to.contain("Reproduce: oncilla fuzz replay 'a b'");
    expect(result?.locations[0]?.physicalLocation.artifactLocation.uri).to.equal('out%20dir/a.json');
    expect(result?.suppressions).to.equal(undefined);
  });

  it('suppresses what a baseline knows, and says which runs did not end well', () => {
    const runs = [sampleRun, { ...sampleRun, interrupted: true }, { ...sampleRun, gone: true }];
    const [run] = parsed({ ...knownReport, runs }).runs;
    expect(run?.results[0]?.suppressions).to.have.length(1);
    expect(run?.invocations.map((one) => one.executionSuccessful)).to.deep.equal([true, false, false]);
    expect(parsed({ ...sampleReport, findings: [] }).runs[0]?.results).to.deep.equal([]);
  });
});
