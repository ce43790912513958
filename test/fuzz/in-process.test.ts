import { expect } from 'chai';
import { fuzzInProcess, type InProcessOptions } from '../../fuzz/in-process.ts';

const inputs = [new Uint8Array(16)];
const bounds = { seed: 1, maxExecutions: 300_000, maxSeconds: 30, maxFindings: 1, inputs };
const covers = (url: string): boolean => url.includes('nested-target');

const nested = (options: Partial<InProcessOptions> = {}) =>
  fuzzInProcess({
    ...bounds,
    target: async () => (await import('./nested-target.ts')).parse,
    covers,
    ...options,
  });

describe('fuzz/in-process', function () {
  this.timeout(40_000);

  it('finds the bug behind five nested tests, shrinks its input and says where it is', async () => {
    const { findings, executions, corpus } = await nested();
    const [finding] = findings;
    expect(finding?.bucket).to.equal('TypeError: behind … tests at parse (nested-target.ts)');
    expect(finding?.detail).to.contain('nested-target.ts:');
    expect(finding?.input).to.equal('6f0000'.concat('9c00310000e700000000', '42'));
    // Nobody looking, every byte at the five places would take 2^40.
    expect(executions).to.be.lessThan(20_000);
    // One for each test that was passed on the way.
    expect(corpus.length).to.be.within(5, 60);
  });

  it('does not find it without looking at coverage', async () => {
    const { findings } = await nested({ covers: () => false, maxExecutions: 40_000 });
    expect(findings).to.deep.equal([]);
  });

  it('reads what a program compares with in its source', async () => {
    const target = async () => (await import('./magic-target.ts')).magic;
    const { findings } = await nested({ target, covers: (url) => url.includes('magic-target') });
    expect(findings[0]?.bucket).to.contain('RangeError: magic');
    expect(findings[0]?.input).to.equal('000000000badcafe');
  });

  it('gives the same inputs for the same seed', async () => {
    const runs = [1, 1, 2].map(async (seed) => {
      const seen: string[] = [];
      const target = () => (input: Uint8Array) => void seen.push(Buffer.from(input).toString('hex'));
      await fuzzInProcess({ ...bounds, seed, target, maxExecutions: 500, covers: () => false });
      return seen;
    });
    const [a, b, c] = [await runs[0], await runs[1], await runs[2]];
    expect(a).to.deep.equal(b);
    expect(a).not.to.deep.equal(c);
  });

  it('excuses what is expected, finds what a promise rejects with, and what is slow', async () => {
    const expected = await fuzzInProcess({
      ...bounds,
      maxExecutions: 500,
      target: () => () => {
        throw new SyntaxError('as it should');
      },
      isExpected: (error) => error instanceof SyntaxError,
    });
    expect(expected.findings).to.deep.equal([]);
    const rejects = await fuzzInProcess({
      ...bounds,
      target: () => async (input) => {
        if (input.length > 20) throw new Error('too long');
      },
    });
    expect(rejects.findings[0]?.bucket).to.contain('Error: too long');
    expect(rejects.findings[0]?.input).to.have.length(2 * 21);
    const slow = await fuzzInProcess({
      ...bounds,
      slowMs: 5,
      target: () => (input) => {
        const end = performance.now() + (input.length > 30 ? 10 : 0);
        while (performance.now() < end);
      },
    });
    expect(slow.findings[0]?.bucket).to.equal('slow');
  });

  it('ends when it is interrupted, with what it has', async () => {
    const abort = new AbortController();
    const result = await fuzzInProcess({
      ...bounds,
      maxExecutions: Number.POSITIVE_INFINITY,
      signal: abort.signal,
      onProgress: () => abort.abort(),
      target: () => () => {},
    });
    expect(result).to.include({ interrupted: true });
    expect(result.executions).to.be.greaterThan(0);
  });
});
