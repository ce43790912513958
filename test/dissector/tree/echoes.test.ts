import { expect } from 'chai';
import { ETHERTYPE, ethernet, ipv4, ipv6, u16 } from '../network/build.ts';
import { explain } from './explain.ts';

const echo = (type: number, id: number, number: number) =>
  Buffer.concat([Buffer.of(type, 0), u16(0, id, number), Buffer.from('data')]);
const four = (from: string, to: string, message: Buffer) =>
  ethernet(ETHERTYPE.IPV4, ipv4(from, to, 1, message));
const six = (from: string, to: string, message: Buffer) =>
  ethernet(ETHERTYPE.IPV6, ipv6(from, to, 58, message));
const infos = (...packets: Buffer[]) => explain(packets).map(({ summary }) => summary.info);

describe('dissector/tree/echoes', () => {
  it('finds the request that a reply answers', () => {
    const [a, b] = ['10.0.0.1', '10.0.0.2'];
    expect(
      infos(
        four(a, b, echo(8, 7, 317)),
        four(b, a, echo(0, 7, 317)),
        four(b, a, echo(0, 7, 318)),
        four(a, b, echo(0, 7, 317)),
      ),
    ).to.deep.equal([
      'Echo (ping) request  id=0x0007, seq=317/15617, ttl=64',
      'Echo (ping) reply    id=0x0007, seq=317/15617, ttl=64 (request in 1)',
      'Echo (ping) reply    id=0x0007, seq=318/15873, ttl=64',
      'Echo (ping) reply    id=0x0007, seq=317/15617, ttl=64',
    ]);
  });

  it("does the same for IPv6, in tshark's other words", () => {
    expect(
      infos(six('fd00::1', 'fd00::2', echo(128, 12, 225)), six('fd00::2', 'fd00::1', echo(129, 12, 225))),
    ).to.deep.equal([
      'Echo (ping) request id=0x000c, seq=225, hop limit=64',
      'Echo (ping) reply id=0x000c, seq=225, hop limit=64 (request in 1)',
    ]);
  });
});
