import { expect } from 'chai';
import { measure, measuredText, percentile } from '../../cli/measure.ts';
import { RpcError } from '../../codec/rpc/index.ts';

function options(count: number, concurrency: number, signal = new AbortController().signal) {
  let time = 0;
  const seen: number[] = [];
  return { count, concurrency, signal, now: () => time++, onCall: (done: number) => seen.push(done), seen };
}

describe('cli/measure', () => {
  it('makes so many calls, so many at once', async () => {
    let [running, most, made] = [0, 0, 0];
    const given = options(10, 3);
    const measured = await measure(async () => {
      made++;
      most = Math.max(most, ++running);
      await new Promise((done) => setImmediate(done));
      running--;
    }, given);
    expect([made, most, measured.calls]).to.deep.equal([10, 3, 10]);
    expect(measured.latencies).to.have.length(10);
    expect(given.seen).to.have.length(10);
    expect(measured.cutShort).to.equal(false);
  });

  it('counts errors by code, goes on after a verdict, stops when the connection is gone', async () => {
    const codes = ['GARBAGE_ARGS', 'TIMEOUT', 'CLOSED'] as const;
    let i = 0;
    const measured = await measure(
      async () => {
        const code = codes[i++];
        if (code !== undefined) throw new RpcError(code, 'x');
      },
      options(10, 1),
    );
    expect([...measured.errors]).to.deep.equal([
      ['GARBAGE_ARGS', 1],
      ['TIMEOUT', 1],
      ['CLOSED', 1],
    ]);
    expect(measured).to.include({ calls: 3, cutShort: true });
    const text = measuredText(measured);
    expect(text).to.contain('GARBAGE_ARGS: 1\n').and.not.contain('latency');
  });

  it('stops when it is interrupted, and hands on what is no RPC error', async () => {
    const abort = new AbortController();
    let i = 0;
    const measured = await measure(
      async () => {
        if (++i === 4) abort.abort();
      },
      options(10, 1, abort.signal),
    );
    expect(measured).to.include({ calls: 4, cutShort: true });
    const e = await measure(
      async () => {
        throw new TypeError('ours');
      },
      options(1, 1),
    ).catch((x: unknown) => x);
    expect(e).to.be.instanceOf(TypeError);
  });

  it('takes percentiles by nearest rank', () => {
    const hundred = Float64Array.from({ length: 100 }, (_, i) => i + 1);
    expect([0, 1, 50, 99, 99.9, 100].map((p) => percentile(hundred, p))).to.deep.equal([
      1, 1, 50, 99, 100, 100,
    ]);
    expect(percentile(Float64Array.of(7), 50)).to.equal(7);
    expect(percentile(new Float64Array(0), 50)).to.be.NaN;
    const text = measuredText({
      calls: 100,
      milliseconds: 500,
      latencies: hundred,
      errors: new Map(),
      cutShort: false,
    });
    expect(text).to.equal(
      '100 calls in 0.500 s, 200 calls/s\n' +
        'latency in ms: min 1.000, p50 50.000, p90 90.000, p99 99.000, p99.9 100.000, max 100.000\n',
    );
  });
});
