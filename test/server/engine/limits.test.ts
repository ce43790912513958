import { expect } from 'chai';
import { ENGINE_LIMITS, engineLimits } from '../../../server/engine/limits.ts';

describe('server/engine: limits', () => {
  it('have the defaults of the design', () => {
    expect(ENGINE_LIMITS).to.deep.equal({
      inFlight: 128,
      queuedBytes: 8 * 1024 * 1024,
      stalledMs: 30_000,
      outstanding: 256,
      recordBytes: 4 * 1024 * 1024,
      fragments: 4096,
      emptyFragments: 8,
      connections: 1024,
      newcomers: 256,
      partialMs: 10_000,
      partialRate: 65_536,
      idleMs: 0,
      handshakeMs: 10_000,
      tcpKeepaliveMs: 5000,
    });
  });

  it('keep connections 64 below the descriptors', () => {
    expect(engineLimits({}, 256).connections).to.equal(192);
    expect(engineLimits({ connections: 192 }, 256).connections).to.equal(192);
    expect(engineLimits({ connections: 193 }, 256).connections).to.equal(192);
    expect(engineLimits({ connections: 100 }, 256).connections).to.equal(100);
    expect(engineLimits({}, 10).connections).to.equal(1);
    expect(engineLimits({}, null).connections).to.equal(1024);
  });

  it('are numbers of at least 0', () => {
    expect(() => engineLimits({ inFlight: -1 }, null)).to.throw(RangeError, 'inFlight');
    expect(() => engineLimits({ idleMs: Number.NaN }, null)).to.throw(RangeError, 'idleMs');
  });
});
