import { expect } from 'chai';
import { ProtocolHierarchy, protocolHierarchy } from '../../../dissector/stats/protocol-hierarchy.ts';
import { statisticLines } from './run-statistic.ts';

const rows = (lines: readonly string[]) => lines.filter((line) => line.includes('frames:'));

describe('dissector/stats/protocol-hierarchy', () => {
  it('shows what was found within what, in the order found', () => {
    const tree = new ProtocolHierarchy('ip');
    tree.add(['eth', 'ip', 'udp'], 60);
    tree.add(['eth', 'ip', 'tcp', 'rpc'], 100);
    tree.add(['eth', 'arp'], 42);
    tree.add(['eth', 'ip', 'tcp'], 1);
    const lines = tree.text().split('\n');
    expect(lines[3]).to.equal('Filter: ip');
    expect(rows(lines)).to.eql([
      'eth                                      frames:4 bytes:203',
      '  ip                                     frames:3 bytes:161',
      '    udp                                  frames:1 bytes:60',
      '    tcp                                  frames:2 bytes:101',
      '      rpc                                frames:1 bytes:100',
      '  arp                                    frames:1 bytes:42',
    ]);
  });

  it('stops indenting where tshark does, and takes chains of any length', () => {
    const tree = new ProtocolHierarchy('');
    tree.add(
      Array.from({ length: 20_000 }, () => 'rpc'),
      1,
    );
    const lines = rows(tree.text().split('\n'));
    expect(lines).to.have.length(20_000);
    expect(lines[16]!.indexOf('rpc')).to.equal(32);
    expect(lines[17]!.slice(0, 41)).to.equal(`${' '.repeat(32)}...rpc   `);
  });

  it('reads the chain of each packet', async () => {
    const lines = rows(await statisticLines(protocolHierarchy, 'udp', 'rpcbind-tcp-udp.pcap'));
    expect(lines.map((line) => line.trim().split(' ')[0])).to.eql(['eth', 'ip', 'udp', 'rpc', 'portmap']);
  });
});
