import { expect } from 'chai';
import { parseArguments } from '../../cli/arguments.ts';
import { DECODE_OPTIONS, decodeSettings } from '../../cli/decode-options.ts';

const settings = async (...argv: string[]) =>
  decodeSettings(await parseArguments(argv, { options: DECODE_OPTIONS }));

describe('cli/decode-options', () => {
  it('reads the ports of RPC and of tunnels', async () => {
    const s = await settings('-d', 'tcp.port==5-6,rpc', '-d', 'udp.port==7,rpc', '-d', 'udp.port==8:2,vxlan');
    expect([...s.tcpPorts]).to.deep.equal([5, 6]);
    expect([...s.udpPorts]).to.deep.equal([7]);
    expect([...s.tunnelPorts]).to.deep.equal([
      [8, 'vxlan'],
      [9, 'vxlan'],
    ]);
  });

  it('reads preferences and key logs', async () => {
    const s = await settings('-o', 'ip.defragment:FALSE', '-o', 'tls.keylog_file:a', '--keylog', 'b');
    expect(s.preferences).to.deep.equal({ 'ip.defragment': false });
    expect(s.keyLogFiles).to.deep.equal(['b', 'a']);
  });

  it('refuses what is not offered', async () => {
    for (const argv of [
      ['-d', 'tcp.port==5,vxlan'],
      ['-d', 'udp.port==5,http'],
      ['-d', 'udp.port==70000,rpc'],
      ['-o', 'no.such:1'],
      ['--disable-heuristic', 'other'],
    ]) {
      const error = await settings(...argv).catch((e: unknown) => e);
      expect(error, argv.join(' ')).to.be.an('error');
    }
  });
});
