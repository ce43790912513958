/** `-z` over our captures by tshark and by us, --tshark-compat: the same tables. */
import { expect } from 'chai';
import { findStatistic } from '../../dissector/stats/statistics.ts';
import { capturePath, runStatistic } from '../dissector/stats/run-statistic.ts';
import { hasTshark, tshark } from './tshark.ts';

const FILES = ['nfs3-libnfs.pcap', 'nfs4-libnfs.pcap', 'rpcbind-tcp-udp.pcap', 'ledger-udp.pcap'];
const STATISTICS = [
  'rpc,programs',
  'rpc,srt,100003,3',
  'rpc,srt,100000,4,tcp',
  'conv,tcp',
  'conv,udp',
  'conv,ip,rpc',
  'conv,ipv6',
  'io,phs',
  'io,phs,rpc',
  'io,stat,0',
  'io,stat,0.01',
  'io,stat,0.002,rpc,COUNT(rpc.xid)rpc.xid,AVG(rpc.time)rpc.time,SUM(tcp.len)tcp.len,MAX(rpc.time)rpc.time',
  'io,stat,60,FRAMES,BYTES()udp,MIN(frame.len)frame.len',
  'follow,tcp,ascii,0',
  'follow,tcp,hex,1',
  'follow,udp,raw,0',
];

/**
 * tshark shows each list of reassembled segments as a protocol of its own, and no data where a heuristic that we do
 * not have took the connection.
 */
const comparable = (text: string) => text.replace(/^ *(tcp\.segments|data) .*\n/gm, '');

describe(`peers: the statistics of tshark${hasTshark ? '' : ' (skipped: no tshark)'}`, function () {
  this.timeout(60_000);
  before(function () {
    if (!hasTshark) this.skip();
  });

  for (const file of FILES) {
    it(`are ours: ${file}`, async () => {
      for (const argument of STATISTICS) {
        const { statistic, args } = findStatistic(argument)!;
        const ours = comparable((await runStatistic(statistic, args, file)).text());
        expect(ours, argument).to.equal(comparable(tshark(capturePath(file), '-q', '-z', argument)));
      }
    });

    it(`are ours, connection events of the expert: ${file}`, async () => {
      const { statistic } = findStatistic('expert')!;
      const events = (text: string) =>
        text.split('\n').filter((line) => /Connection (establish|finish|reset)/.test(line));
      const theirs = events(tshark(capturePath(file), '-q', '-z', 'expert'));
      expect(events((await runStatistic(statistic, '', file)).text())).to.eql(theirs);
    });
  }
});
