import { expect } from 'chai';
import { ExpertInfos, expertInfos } from '../../../dissector/stats/expert.ts';
import { statisticLines } from './run-statistic.ts';

describe('dissector/stats/expert', () => {
  it('counts by severity, worst first, down to the least asked for', () => {
    const infos = new ExpertInfos('note');
    infos.add('chat', 'Sequence', 'TCP', 'hello');
    infos.add('note', 'Sequence', 'TCP', 'again');
    infos.add('error', 'Malformed', 'RPC', 'broken');
    infos.add('note', 'Sequence', 'TCP', 'again');
    expect(infos.text().split('\n')).to.eql([
      '',
      'Errors (1)',
      '=============',
      '   Frequency      Group           Protocol  Summary',
      '           1  Malformed                RPC  broken',
      '',
      'Notes (2)',
      '=============',
      '   Frequency      Group           Protocol  Summary',
      '           2   Sequence                TCP  again',
      '',
    ]);
  });

  it('tells connections begun and ended', async () => {
    const lines = await statisticLines(expertInfos, '', 'rpcbind-tcp-udp.pcap');
    expect(lines.join('\n')).to.match(/ Connection establish request \(SYN\): server port 111\n/);
    const none = await statisticLines(expertInfos, 'error', 'rpcbind-tcp-udp.pcap');
    expect(none).to.eql(['']);
    const filtered = await statisticLines(expertInfos, 'chat,udp', 'rpcbind-tcp-udp.pcap');
    expect(filtered).to.eql(['']);
  });
});
