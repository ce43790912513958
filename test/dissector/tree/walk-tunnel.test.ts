import { expect } from 'chai';
import { ETHERTYPE, ethernet, ipv4, u16, u32, udp } from '../network/build.ts';
import { geneve, gre, inner, innerFrame, outer, rpcCall, TUNNELS, vxlan } from '../network/tunnel-packets.ts';
import { below, explain, fields } from './explain.ts';

describe('walk tunnel', () => {
  it('finds the call in every tunnel', () => {
    const xids = fields(TUNNELS, ['rpc.xid']);
    expect(xids).to.deep.equal(TUNNELS.map((_, i) => `0x${(i + 1).toString(16).padStart(8, '0')}`));
    const infos = explain(TUNNELS).map(({ summary }) => `${summary.source} ${summary.info}`);
    for (const info of infos) expect(info).to.match(/^(10\.0\.0\.1|fd00::1) V2 NULL Call$/);
  });

  it('gives both packets their fields, and each conversation its number', () => {
    const names = ['ip.src', 'udp.srcport', 'udp.stream', 'tcp.stream', 'vxlan.vni', 'frame.protocols'];
    expect(fields(TUNNELS.slice(0, 3), names)).to.deep.equal([
      '192.0.2.1,10.0.0.1\t40000,900\t0,1\t\t42\teth:ethertype:ip:udp:vxlan:eth:ethertype:ip:udp:rpc',
      '192.0.2.1\t40000,900\t0,2\t\t42\teth:ethertype:ip:udp:vxlan:eth:ethertype:vlan:ethertype:ipv6:udp:rpc',
      '192.0.2.1,10.0.0.1\t40000\t0\t0\t42\teth:ethertype:ip:udp:vxlan:eth:ethertype:ip:tcp:rpc',
    ]);
  });

  it('checks the sum of GRE', () => {
    const wrong = explain([gre(ETHERTYPE.IPV4, 0x8000, [0x1234_0000], inner(1))])[0];
    const lines = below(wrong, 'Generic Routing');
    const right = Number.parseInt(/should be 0x([0-9a-f]{4})/.exec(lines.join('\n'))![1]!, 16);
    expect(lines).to.include('    [Checksum Status: Bad]');
    expect(lines).to.include('            [Severity level: Warning]');
    const again = below(
      explain([gre(ETHERTYPE.IPV4, 0x8000, [right * 0x1_0000], inner(1))])[0],
      'Generic Routing',
    );
    expect(again).to.include(`    Checksum: 0x${right.toString(16).padStart(4, '0')} [correct]`);
    const cut = { bytes: gre(ETHERTYPE.IPV4, 0x8000, [0x1234_0000], inner(1)), cut: 100 };
    expect(below(explain([cut])[0], 'Generic Routing')).to.include('    Checksum: 0x1234 [unverified]');
  });

  it('puts fragments together outside and inside', () => {
    const whole = udp(900, 2049, Buffer.concat([rpcCall(9), Buffer.alloc(1200)]));
    const cut = (bytes: Buffer, size: number, wrap: (part: Buffer, at: number, more: boolean) => Buffer) =>
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => {
        const part = bytes.subarray(i * size, (i + 1) * size);
        return wrap(part, i * size, (i + 1) * size < bytes.length);
      });
    const inside = cut(whole, 800, (part, fragmentOffset, moreFragments) =>
      innerFrame(ipv4('10.0.0.1', '10.0.0.2', 17, part, { fragmentOffset, moreFragments })),
    );
    const packets = inside.flatMap((packet, i) => {
      const datagram = udp(40000, 4789, Buffer.concat([u16(0x0800, 0), u32(42 << 8), packet]));
      return cut(datagram, 400, (part, fragmentOffset, moreFragments) =>
        ethernet(
          ETHERTYPE.IPV4,
          ipv4('192.0.2.1', '192.0.2.2', 17, part, { id: 100 + i, fragmentOffset, moreFragments }),
        ),
      );
    });
    const names = ['rpc.xid', 'ip.fragment', 'ip.reassembled.length'];
    const lines = fields(packets, names);
    expect(packets.length).to.equal(5);
    expect(lines[2]).to.equal('\t1,2,3\t850');
    expect(lines[4]).to.equal('0x00000009\t4,5,3,5\t498,1248');
  });

  it('leaves replies to a client with the port of a tunnel alone', () => {
    const reply = u32(0x0800_0000, 1, 0, 0, 0, 0);
    for (const port of [4789, 6081, 8472]) {
      const packets = [
        ethernet(
          ETHERTYPE.IPV4,
          ipv4('10.0.0.1', '10.0.0.2', 17, udp(port, 111, u32(0x0800_0000, 0, 2, 100000, 2, 0, 0, 0, 0, 0))),
        ),
        ethernet(ETHERTYPE.IPV4, ipv4('10.0.0.2', '10.0.0.1', 17, udp(111, port, reply))),
      ];
      expect(fields(packets, ['rpc.msgtyp'])).to.deep.equal(['0', '1']);
    }
  });

  it('knows the VXLAN of Linux on its old port', () => {
    expect(fields([vxlan(innerFrame(inner(1)), 0x0800, 0, 8472)], ['vxlan.vni', 'rpc.xid'])).to.deep.equal([
      '42\t0x00000001',
    ]);
    // another header there is data
    expect(fields([vxlan(innerFrame(inner(1)), 0x8800, 0, 8472)], ['rpc.xid'])).to.deep.equal(['']);
  });

  it('shows a header up to where it is cut', () => {
    const cut = (length: number) =>
      below(
        explain([outer(47, gre(ETHERTYPE.IPV4, 0xb000, [1, 2, 3], inner(1)).subarray(34, 34 + length))])[0],
        'Generic',
      );
    expect(cut(3)).to.deep.equal([]);
    expect(cut(9).at(-1)).to.equal('    Offset: 1');
    expect(cut(12).at(-1)).to.equal('    Key: 0x00000002');
    const short = geneve(Buffer.alloc(0), 0x6558, u32(0x0103_8001, 1)).subarray(0, -4);
    expect(below(explain([short])[0], 'Generic Network').at(-1)).to.match(/Severity|Group|Unknown/);
  });

  it('decodes an IP packet that ERSPAN carries without its frame', () => {
    const header = Buffer.concat([u16(0x200b, 0x0004), u32(0), u16(7, 0x8800)]);
    const packet = gre(0x22eb, 0x1000, [1], Buffer.concat([header, inner(7)]));
    expect(fields([packet], ['erspan.ft', 'rpc.xid'])).to.deep.equal(['2\t0x00000007']);
  });

  it('goes no deeper than the layers there is room for', () => {
    let packet = inner(1);
    for (let i = 0; i < 300; i++) packet = ipv4('10.0.0.1', '10.0.0.2', 4, packet);
    const [frame] = explain([ethernet(ETHERTYPE.IPV4, packet)]);
    expect(frame!.roots.length).to.be.within(100, 130);
  });
});
