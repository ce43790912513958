import { expect } from 'chai';
import { ProgramStatistics } from '../../../dissector/stats/programs.ts';
import { call, record, reply } from './fixture.ts';

const names = (program: number) => (program === 100003 ? 'NFS' : program === 100000 ? 'Portmap' : null);

function feed(compat: boolean): ProgramStatistics {
  const statistics = new ProgramStatistics({ compat, programName: names });
  const first = record(1, 1);
  const second = record(2, 3);
  const refused = record(3, 5);
  const portmap = record(4, 7, { program: 100000, version: 2 });
  statistics.add(call(first));
  statistics.add(call(first, Buffer.alloc(0), { dupOf: 1 }));
  statistics.add(reply(first, 1_000_499));
  statistics.add(reply(first, 2_000_000, {}, Buffer.alloc(0), { dupOf: 2 }));
  statistics.add(call(second));
  statistics.add(reply(second, 3_000_500));
  statistics.add(call(refused));
  statistics.add(reply(refused, 5_000_000, { verdict: 'PROC_UNAVAIL' }));
  statistics.add(call(portmap));
  statistics.add(reply(null, -1));
  return statistics;
}

describe('dissector/stats/programs', () => {
  it('counts as tshark does in compat mode: successful replies, repeated ones too', () => {
    expect(feed(true).text()).to.equal(
      [
        '',
        '==========================================================',
        'ONC-RPC Program Statistics:',
        'Program    Version  Calls    Min SRT    Max SRT    Avg SRT',
        'NFS(100003)      3      3   0.001000   0.003001   0.002000',
        '===================================================================',
        '',
      ].join('\n'),
    );
  });

  it('otherwise counts calls once, answered or not, and times every first reply', () => {
    const lines = feed(false).text().split('\n').slice(4, 6);
    expect(lines).to.deep.equal([
      'Portmap(100000)  2      1          -          -          -',
      'NFS(100003)      3      3   0.001000   0.005000   0.003000',
    ]);
  });

  it('keeps no more rows than it may', () => {
    const statistics = new ProgramStatistics({ compat: false, programName: names, maxRows: 2 });
    for (let version = 1; version <= 4; version++)
      statistics.add(call(record(version, version, { version })));
    expect(statistics.dropped).to.equal(2);
    expect(statistics.text().split('\n').length).to.equal(4 + 2 + 2);
  });

  it('shows long times and unknown programs', () => {
    const statistics = new ProgramStatistics({ compat: true, programName: names });
    statistics.add(reply(record(1, 1, { program: 536875572, version: 10 }), 1_234_567_890_000));
    expect(statistics.text()).to.contain(
      'Unknown(536875572) 10      1 1234.567890 1234.567890 1234.567890\n',
    );
  });
});
