import { expect } from 'chai';
import { Verdict } from '../../../codec/rpc/incoming.ts';
import { type Depths, LATENCY_BUCKETS, Metrics } from '../../../server/engine/metrics.ts';
import type { ServedProcedure } from '../../../transport/peer-services.ts';

const DEPTHS: Depths = {
  connections: 3,
  newcomers: 2,
  inFlight: 1,
  queuedBytes: 500,
  callbacks: 4,
  stopped: 1,
  bytesIn: 10,
  bytesOut: 20,
};

function served(name: string, index: number): ServedProcedure {
  return { program: 5, version: 1, index, procedure: { name, number: index } } as unknown as ServedProcedure;
}

/** Every sample line as name{labels} to value; throws for a line that Prometheus would not take. */
function samples(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.trimEnd().split('\n')) {
    if (/^# (HELP [a-z_]+ [^\n]+|TYPE [a-z_]+ (gauge|counter|histogram))$/.test(line)) continue;
    const match = /^([a-z_]+(?:\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*\})?) (-?[\d.e+-]+)$/.exec(line);
    if (match === null) throw new Error(`no sample: ${line}`);
    if (found.has(match[1] as string)) throw new Error(`twice: ${line}`);
    found.set(match[1] as string, Number(match[2]));
  }
  return found;
}

describe('server/engine: metrics', () => {
  it('count calls by procedure and verdict', () => {
    const metrics = new Metrics();
    const [get, put] = [served('GET', 0), served('PUT', 1)];
    metrics.answered(get, Verdict.SUCCESS, 1);
    metrics.answered(get, Verdict.SUCCESS, 1);
    metrics.answered(put, Verdict.GARBAGE_ARGS, 0);
    metrics.answered(null, Verdict.PROG_UNAVAIL, 0);
    const found = samples(metrics.text(DEPTHS));
    const labels = 'program="5",version="1",procedure=';
    expect(found.get(`oncilla_calls_total{${labels}"GET",verdict="SUCCESS"}`)).to.equal(2);
    expect(found.get(`oncilla_calls_total{${labels}"PUT",verdict="GARBAGE_ARGS"}`)).to.equal(1);
    expect(
      found.get('oncilla_calls_total{program="",version="",procedure="",verdict="PROG_UNAVAIL"}'),
    ).to.equal(1);
    expect(metrics.calls()).to.equal(4);
    expect(metrics.calls(Verdict.SUCCESS)).to.equal(2);
    expect(metrics.calls(undefined, 'GET')).to.equal(2);
  });

  it('put latencies into cumulative buckets, bounds included', () => {
    const metrics = new Metrics();
    const get = served('GET', 0);
    for (const bound of LATENCY_BUCKETS) metrics.answered(get, Verdict.SUCCESS, bound);
    metrics.answered(get, Verdict.SUCCESS, 1e9);
    const found = samples(metrics.text(DEPTHS));
    const labels = 'program="5",version="1",procedure="GET"';
    LATENCY_BUCKETS.forEach((bound, i) => {
      expect(found.get(`oncilla_call_seconds_bucket{${labels},le="${bound / 1000}"}`)).to.equal(i + 1);
    });
    expect(found.get(`oncilla_call_seconds_bucket{${labels},le="+Inf"}`)).to.equal(
      LATENCY_BUCKETS.length + 1,
    );
    expect(found.get(`oncilla_call_seconds_count{${labels}}`)).to.equal(LATENCY_BUCKETS.length + 1);
  });

  it('show depths, connections and drops by reason', () => {
    const metrics = new Metrics();
    metrics.connectionAccepted('tcp');
    metrics.connectionAccepted('tcp');
    metrics.connectionEnded('stalled');
    metrics.connectionRefused('connections');
    metrics.dropped('header');
    const found = samples(metrics.text(DEPTHS));
    expect(found.get('oncilla_connections')).to.equal(3);
    expect(found.get('oncilla_queued_bytes')).to.equal(500);
    expect(found.get('oncilla_calls_in_flight')).to.equal(1);
    expect(found.get('oncilla_connections_accepted_total{transport="tcp"}')).to.equal(2);
    expect(found.get('oncilla_connections_ended_total{reason="stalled"}')).to.equal(1);
    expect(found.get('oncilla_connections_refused_total{reason="connections"}')).to.equal(1);
    expect(found.get('oncilla_dropped_total{reason="header"}')).to.equal(1);
    expect([metrics.drops('header'), metrics.ended('stalled'), metrics.refused('connections')]).to.deep.equal(
      [1, 1, 1],
    );
    expect([metrics.drops('x'), metrics.ended('x'), metrics.refused('x')]).to.deep.equal([0, 0, 0]);
  });

  it('escape names', () => {
    const metrics = new Metrics();
    metrics.answered(served('a"b\\c\nd} 1', 0), Verdict.SUCCESS, 1);
    const found = samples(metrics.text(DEPTHS));
    expect([...found.keys()].some((key) => key.includes('procedure="a\\"b\\\\c\\nd} 1"'))).to.equal(true);
  });

  it('pass failures on', () => {
    const seen: unknown[] = [];
    new Metrics({ onFailure: (error) => seen.push(error) }).failed('oops', served('GET', 0));
    expect(seen).to.deep.equal(['oops']);
  });
});
