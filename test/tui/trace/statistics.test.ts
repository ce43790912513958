import { expect } from 'chai';
import { outcomeText, Statistics, statisticsJson } from '../../../tui/trace/statistics.ts';
import { run } from '../../cli/fake-io.ts';
import { captureFile, open } from '../opened.ts';

describe('tui/trace/statistics', () => {
  it('counts what -z rpc,latency and --calls count', async () => {
    const file = captureFile('nfs3-libnfs.pcap');
    const opened = await open(file);
    const { statistics } = opened.app;
    const { trace, inspection } = opened.capture;
    const json = JSON.parse(statisticsJson(statistics, trace, inspection.walker.programs));
    const { out } = await run(['inspect', '--calls', '-T', 'ndjson', file]);
    const calls = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const total = json.procedures.reduce((sum: number, p: { calls: number }) => sum + p.calls, 0);
    expect(total).to.equal(calls.length);
    const getattr = json.procedures.find((p: { procedureName: string }) => p.procedureName === 'GETATTR');
    const latencies = calls.filter((c) => c.procedureName === 'GETATTR').map((c) => Number(c.latency));
    expect(getattr.calls).to.equal(latencies.length);
    expect(getattr.latency.max).to.equal(Math.max(...latencies));
    expect(getattr.latency.min).to.equal(Math.min(...latencies));
    expect(json.packets).to.equal(276);
    const clients = new Map(json.clients.map((c: { client: string; calls: number }) => [c.client, c.calls]));
    const of = calls[0].client;
    expect(clients.get(of)).to.equal(calls.filter((c) => c.client === of).length);
    expect(json.timeline.calls.reduce((a: number, b: number) => a + b, 0)).to.equal(total);
    opened.close();
  });

  it('counts errors by their verdict, and bounds the clients', async () => {
    const opened = await open(captureFile('ledger-tcp.pcap'));
    const { statistics } = opened.app;
    const wrong = [...statistics.procedures.values()].flatMap((p) => [...p.errors.keys()]).map(outcomeText);
    expect(wrong.every((text) => /^[A-Z_]+$/.test(text))).to.equal(true);
    expect(outcomeText(99)).to.equal('not understood');
    expect(new Statistics(opened.capture.trace).clients.size).to.equal(0);
    opened.close();
  });
});
