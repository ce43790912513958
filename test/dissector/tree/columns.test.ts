import { expect } from 'chai';
import { TIME_MODES, timeColumn } from '../../../dissector/tree/columns.ts';
import { ETHERTYPE, ethernet, ipv4, ipv6, ipv6Fragment, u32, udpPacket } from '../network/build.ts';
import { explain } from './explain.ts';
import { accepted, call } from './messages.ts';

const send = (message: Uint8Array) => udpPacket('10.0.0.1', 800, '10.0.0.2', 2049, message);
const answer = (message: Uint8Array) => udpPacket('10.0.0.2', 2049, '10.0.0.1', 800, message);

function line(packet: Uint8Array): string[] {
  const s = explain([packet])[0]?.summary;
  return [s?.source ?? '', s?.destination ?? '', s?.protocol ?? '', s?.info ?? ''];
}

describe('columns', () => {
  it('shows the time in every mode', () => {
    const zone = process.env.TZ;
    process.env.TZ = 'Etc/GMT-2';
    try {
      const times = {
        now: 1_795_353_598_019_603_004n,
        first: 1_795_353_597_000_000_000n,
        previous: 1_795_353_598_000_000_000n,
        displayed: 1_795_353_598_019_603_000n,
      };
      expect(TIME_MODES.map((mode) => `${mode} ${timeColumn(times, mode, 6)}`)).to.deep.equal([
        'a 15:19:58.019603',
        'ad 2026-11-22 15:19:58.019603',
        'adoy 2026/326 15:19:58.019603',
        'd 0.019603',
        'dd 0.000000',
        'e 1795353598.019603',
        'r 1.019603',
        'u 13:19:58.019603',
        'ud 2026-11-22 13:19:58.019603',
        'udoy 2026/326 13:19:58.019603',
      ]);
      expect(timeColumn(times, 'r', 9)).to.equal('1.019603004');
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it('tells calls, replies and repeats', () => {
    const one = send(call({ procedure: 1, body: u32(0) }));
    const two = answer(accepted(1, 1));
    expect(explain([one, one, two, two]).map((f) => [f.summary.protocol, f.summary.info])).to.deep.equal([
      ['NFS', 'V3 GETATTR Call'],
      ['NFS', '[RPC retransmission of #1]V3 GETATTR Call'],
      ['NFS', 'V3 GETATTR Reply (Call In 1)'],
      ['NFS', '[RPC duplicate of #3]V3 GETATTR Reply (Call In 1)'],
    ]);
  });

  it('leaves out the name of an NFSv4 COMPOUND', () => {
    expect(line(send(call({ version: 4, procedure: 1 })))[3]).to.equal('V4 Call');
    expect(line(send(call({ version: 4, procedure: 0 })))[3]).to.equal('V4 NULL Call');
  });

  it('tells what is no RPC', () => {
    expect(line(udpPacket('10.0.0.1', 7, '10.0.0.2', 8, Buffer.from('abc')))).to.deep.equal([
      '10.0.0.1',
      '10.0.0.2',
      'UDP',
      '7 → 8 Len=3',
    ]);
    expect(line(ethernet(ETHERTYPE.ARP, Buffer.alloc(28))).slice(0, 3)).to.deep.equal([
      '02:00:00:00:00:01',
      '02:00:00:00:00:02',
      'ARP',
    ]);
    const icmp = ethernet(ETHERTYPE.IPV4, ipv4('10.0.0.1', '10.0.0.2', 1, Buffer.alloc(8)));
    expect(line(icmp).slice(2)).to.deep.equal(['ICMP', 'Echo (ping) reply    id=0x0000, seq=0/0, ttl=64']);
  });

  it('tells what an ICMP error is about, not what it quotes', () => {
    const message = call();
    const quoted = send(message).subarray(14);
    const error = ethernet(
      ETHERTYPE.IPV4,
      ipv4('10.0.0.2', '10.0.0.1', 1, Buffer.concat([Buffer.of(3, 3), Buffer.alloc(6), quoted])),
    );
    const shown = explain([send(message), error]).map((e) => [e.summary.protocol, e.summary.info]);
    expect(shown).to.deep.equal([
      ['NFS', 'V3 GETATTR Call'],
      ['ICMP', 'Destination unreachable (Port unreachable)'],
    ]);
  });

  it('tells fragments', () => {
    const v4 = ethernet(
      ETHERTYPE.IPV4,
      ipv4('10.0.0.1', '10.0.0.2', 17, Buffer.alloc(16), { id: 0x4a4, moreFragments: true }),
    );
    expect(line(v4).slice(2)).to.deep.equal([
      'IPv4',
      'Fragmented IP protocol (proto=UDP 17, off=0, ID=04a4)',
    ]);
    const v6 = ethernet(
      ETHERTYPE.IPV6,
      ipv6('fd00::1', 'fd00::2', 44, Buffer.alloc(16), ipv6Fragment(17, 8, true, 5)),
    );
    expect(line(v6)).to.deep.equal([
      'fd00::1',
      'fd00::2',
      'IPv6',
      'IPv6 fragment (off=8 more=y ident=0x00000005 nxt=17)',
    ]);
  });
});
