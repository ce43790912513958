import { expect } from 'chai';
import { alignedTable, Latencies, latency } from '../../../dissector/stats/latency.ts';
import { isStatisticError } from '../../../dissector/stats/statistic.ts';
import { runStatistic } from './run-statistic.ts';

describe('dissector/stats/latency', () => {
  it('tells percentiles, what is outstanding and errors, the busiest first', () => {
    const latencies = new Latencies('server');
    for (let i = 1; i <= 100; i++) {
      latencies.call('a:1');
      if (i <= 99) latencies.reply('a:1', i, i % 10 === 0);
    }
    latencies.call('b:2');
    const [a, b] = latencies
      .ndjson()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(a).to.eql({
      server: 'a:1',
      calls: 100,
      replies: 99,
      min: 1e-9,
      p50: 5e-8,
      p90: 9e-8,
      p99: 9.9e-8,
      'p99.9': 9.9e-8,
      max: 9.9e-8,
      outstanding: 1,
      errors: 9,
    });
    expect(b).to.include({ server: 'b:2', calls: 1, p50: null, outstanding: 1 });
    expect(latencies.text().split('\n')[3]).to.match(/^b:2 +1 +- +- +- +- +- +- +1 +0$/);
  });

  it('puts rows beyond its limit into one, and shows no name raw', () => {
    const latencies = new Latencies('client');
    for (let i = 0; i < 5000; i++) latencies.call(`\x1b[2J${i}`);
    const lines = latencies.text().split('\n');
    expect(lines).to.have.length(2 + 4097 + 1);
    expect(lines[2]).to.match(/^\(others\) +904 /);
    expect(latencies.text()).not.to.contain('\x1b');
  });

  it('counts under procedures, clients and servers of a capture', async () => {
    for (const [args, name] of [
      ['', 'NFS V3 GETATTR'],
      ['by=client', '127.0.0.1'],
      ['by=server,nfs', '127.0.0.1:2049'],
    ] as const) {
      const rows = (await runStatistic(latency, args, 'nfs3-libnfs.pcap', false)).text();
      expect(rows, args).to.match(new RegExp(`^${name} +\\d+ +0\\.\\d{6}`, 'm'));
    }
    const error = await runStatistic(latency, 'by=moon', 'nfs3-libnfs.pcap').catch((e) => e);
    expect(isStatisticError(error)).to.equal(true);
  });

  it('aligns the first column left and the others right', () => {
    expect(
      alignedTable([
        ['name', 'n'],
        ['a', '100'],
      ]),
    ).to.equal('name    n\na     100\n');
  });
});
