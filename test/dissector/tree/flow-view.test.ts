import { expect } from 'chai';
import { NetworkDecoder } from '../../../dissector/network/index.ts';
import { FlowView, SCALE_UNKNOWN, SCALE_UNUSED } from '../../../dissector/tree/flow-view.ts';
import { tcpPacket } from '../network/build.ts';
import { packetAt } from './explain.ts';

const SCALE = Buffer.from('03030701', 'hex');
const there = (seq: number, flags: number, ack = 0, options?: Buffer) =>
  tcpPacket('10.0.0.1', '10.0.0.2', {
    srcPort: 1,
    dstPort: 2,
    seq,
    ack,
    flags,
    window: 10,
    ...(options && { options }),
  });
const back = (seq: number, flags: number, ack: number, options?: Buffer) =>
  tcpPacket('10.0.0.2', '10.0.0.1', {
    srcPort: 2,
    dstPort: 1,
    seq,
    ack,
    flags,
    window: 10,
    ...(options && { options }),
  });

/** seq, ack, scale, window and completeness after each packet */
function views(...packets: Buffer[]): number[][] {
  const decoder = new NetworkDecoder();
  const view = new FlowView();
  return packets.map((bytes, i) => {
    view.update(decoder.decode(packetAt(bytes, i + 1)));
    return [view.seq, view.ack, view.scale, view.window, view.completeness];
  });
}

describe('flow view', () => {
  it('learns a scale only when both sides offer one', () => {
    expect(views(there(0, 2, 0, SCALE), back(9, 18, 1, SCALE), there(1, 16, 10))[2]).to.deep.equal([
      1, 1, 7, 1280, 3,
    ]);
    expect(views(there(0, 2, 0, SCALE), back(9, 18, 1), there(1, 16, 10))[2]?.[2]).to.equal(SCALE_UNUSED);
    expect(views(there(0, 2), back(9, 18, 1, SCALE), back(10, 16, 1))[2]?.[2]).to.equal(SCALE_UNUSED);
    expect(views(there(500, 16, 900))[0]).to.deep.equal([1, 1, SCALE_UNKNOWN, 10, 0]);
  });

  it('remembers how far a connection came', () => {
    const seen = views(
      there(0, 2),
      back(9, 18, 1),
      there(1, 16, 10),
      there(1, 17, 10),
      back(10, 20, 2),
      there(2, 16, 11),
    );
    expect(seen.map((v) => v[4])).to.deep.equal([0, 1, 3, 7, 23, 55]);
  });

  it('tells who began to close', () => {
    const decoder = new NetworkDecoder();
    const view = new FlowView();
    const passive = [there(1, 17, 1), there(1, 17, 1), back(1, 17, 2), there(2, 16, 2)].map((bytes, i) => {
      view.update(decoder.decode(packetAt(bytes, i + 1)));
      return view.passiveClose;
    });
    // sent again it is the same side's; the last has no FIN
    expect(passive.slice(0, 3)).to.deep.equal([false, false, true]);
  });

  it('counts time per flow', () => {
    const decoder = new NetworkDecoder();
    const view = new FlowView();
    const other = tcpPacket('10.0.0.3', '10.0.0.2', { srcPort: 1, dstPort: 2, seq: 0 });
    view.update(decoder.decode(packetAt(there(0, 2), 1)));
    view.update(decoder.decode(packetAt(other, 2)));
    expect(view.sinceFirst).to.equal(0n);
    view.update(decoder.decode(packetAt(there(1, 16), 5)));
    expect([view.sinceFirst, view.sincePrevious]).to.deep.equal([4_000_000n, 4_000_000n]);
  });
});
