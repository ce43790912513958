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
  'io,phs,rpc && frame.len > 100',
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
const comparable = (text: string) => text.replace(/^( *tcp\.segments| {6,8}data) .*\n/gm, '');

describe(`peers: the statistics of tshark${hasTshark ? '' : ' (skipped: no tshark)'}`, function () {
  this.timeout(60_000);
  const zone = process.env.TZ;
  before(function () {
    process.env.TZ = 'UTC';
    if (!hasTshark) this.skip();
  });
  after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  for (const file of FILES) {
    it(`are ours: ${file}`, async () => {
      for (const argument of STATISTICS) {
        const { statistic, args } = findStatistic(argument)!;
        const ours = comparable((await runStatistic(statistic, args, file)).text());
        expect(ours, argument).to.equal(comparable(tshark(capturePath(file), '-q', '-z', argument)));
      }
    });

    it(`are ours, the remarks on TCP: ${file}`, async () => {
      const { statistic } = findStatistic('expert')!;
      // that ports are used again is analysis of sequence numbers
      const events = (text: string) =>
        text.split('\n').filter((line) => / TCP {2}(?!A new tcp session)/.test(line));
      const theirs = events(tshark(capturePath(file), '-q', '-z', 'expert'));
      expect(theirs.length > 0).to.equal(file !== 'ledger-udp.pcap');
      expect(events((await runStatistic(statistic, '', file)).text())).to.eql(theirs);
    });
  }

  const TIMED = [
    ['conv,tcp', ['a', 'adoy', 'd', 'e', 'ud']],
    ['io,stat,0.004,,rpc', ['a', 'adoy', 'u', 'ud']],
  ] as const;
  for (const [argument, modes] of TIMED) {
    it(`are ours, whatever times -t asks for: ${argument}`, async () => {
      const { statistic, args } = findStatistic(argument)!;
      const [file = ''] = FILES;
      for (const mode of modes) {
        const theirs = tshark(capturePath(file), '-q', '-t', mode, '-z', argument);
        // under -t u tshark leaves out the heading of the times, and the end of the line above it
        const cut = mode === 'u' && argument.startsWith('io,stat');
        const headed = cut ? theirs.replace(/\|( {7}\| Frames)/, '|\n| Time    $1') : theirs;
        const ours = (await runStatistic(statistic, args, file, true, mode)).text();
        expect(ours, `-t ${mode}`).to.equal(headed);
      }
    });
  }
});
