import { expect } from 'chai';
import { emptyPacket } from '../../../dissector/capture/index.ts';
import { Layer } from '../../../dissector/network/frame.ts';
import { MAX_LAYERS, PooledFrame } from '../../../dissector/network/pooled-frame.ts';

describe('pooled frame', () => {
  const packet = emptyPacket();

  it('reuses its layers, and forgets everything on reset', () => {
    const f = new PooledFrame(packet);
    expect(f.push(Layer.ETHERNET, packet.buf, packet.view, 0, 14, 60, false)).to.equal(0);
    expect(f.push(Layer.DATA, packet.buf, packet.view, 14, 14, 60, false)).to.equal(1);
    const first = f.layers[0];
    Object.assign(f, { transport: 6, srcPort: 1, malformed: 'x', fragment: true, fragmentFrames: [1] });
    f.reset(packet);
    expect(f).to.include({
      layerCount: 0,
      ipLayer: -1,
      transport: 0,
      transportLayer: -1,
      srcPort: 0,
      payloadLen: 0,
      flow: null,
      fragment: false,
      fragmentFrames: null,
      malformed: null,
    });
    f.push(Layer.SLL, packet.buf, packet.view, 0, 16, 60, false);
    expect(f.layers[0]).to.equal(first);
    expect(first).to.include({ kind: Layer.SLL, payload: 16 });
  });

  it('is full when only one layer is left', () => {
    const f = new PooledFrame(packet);
    for (let i = 0; i < MAX_LAYERS - 1; i++) {
      expect(f.full).to.equal(false);
      f.push(Layer.MPLS, packet.buf, packet.view, 0, 4, 4, false);
    }
    expect(f.full).to.equal(true);
  });
});
