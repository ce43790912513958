import { expect } from 'chai';
import { operationTimes, serviceTimes } from '../../../dissector/stats/service-times.ts';
import { isStatisticError } from '../../../dissector/stats/statistic.ts';
import { runStatistic, statisticLines } from './run-statistic.ts';

describe('dissector/stats/service-times', () => {
  it('shows a row for each procedure that was called', async () => {
    const lines = await statisticLines(serviceTimes, '100003,3', 'nfs3-libnfs.pcap');
    expect(lines[2]).to.equal('RPC SRT Statistics:');
    expect(lines[3]).to.equal('Filter: nfs.procedure_v3');
    expect(lines.filter((line) => /^ {4}\d {2}|^ {3}\d\d {2}/.test(line))).to.have.length.above(5);
  });

  it('counts calls, answered or not, and takes programs nobody knows', async () => {
    const known = await statisticLines(serviceTimes, '100003,3', 'nfs3-libnfs.pcap', false);
    expect(known.find((line) => line.includes('GETATTR'))).to.match(/GETATTR +\d+ +0\.\d{6}/);
    const unknown = await statisticLines(serviceTimes, '0x20000000,1', 'nfs3-libnfs.pcap', false);
    expect(unknown[3]).to.equal('Filter: rpc.procedure');
    expect(unknown).to.have.length(7);
  });

  it('refuses in compat mode what tshark refuses, and always what is no number', async () => {
    for (const [args, compat] of [
      ['99,1', true],
      ['100003', false],
      ['nfs,3', false],
    ] as const) {
      const error = await runStatistic(serviceTimes, args, 'nfs3-libnfs.pcap', compat).catch((e) => e);
      expect(isStatisticError(error), args).to.equal(true);
    }
  });

  it('counts in its filter only', async () => {
    const lines = await statisticLines(serviceTimes, '100003,3,rpc.procedure == 1', 'nfs3-libnfs.pcap');
    expect(lines.filter((line) => /^ {4}\d/.test(line)).map((line) => line.slice(0, 14))).to.eql([
      '    1  GETATTR',
    ]);
  });

  it('tells the operations of NFSv4 compounds apart', async () => {
    const lines = await statisticLines(operationTimes, '', 'nfs4-libnfs.pcap', false);
    expect(lines.find((line) => line.includes('PUTFH'))).to.match(/^ {3}22 {2}PUTFH +\d+ +\d\.\d{6}/);
  });
});
