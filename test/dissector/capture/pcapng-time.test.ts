import { expect } from 'chai';
import fc from 'fast-check';
import { emptyPacket } from '../../../dissector/capture/parser.ts';
import { makeClock, setTime } from '../../../dissector/capture/pcapng-time.ts';

function time(resolution: number, value: bigint, offset = 0n): [sec: number, nsec: number] {
  const packet = emptyPacket();
  setTime(packet, makeClock(resolution, offset), Number(value >> 32n), Number(value & 0xffffffffn));
  expect(packet.hasTime).to.equal(true);
  return [packet.sec, packet.nsec];
}

describe('pcapng time', () => {
  it('reads micro- and nanoseconds', () => {
    expect(time(6, 1_700_000_000_123_456n)).to.deep.equal([1_700_000_000, 123_456_000]);
    expect(time(9, 1_700_000_000_123_456_789n)).to.deep.equal([1_700_000_000, 123_456_789]);
  });

  it('reads seconds, powers of two and resolutions finer than a nanosecond', () => {
    expect(time(0, 5n)).to.deep.equal([5, 0]);
    expect(time(0x8a, 1_700_000_000n * 1024n + 513n)).to.deep.equal([1_700_000_000, 500_976_562]);
    expect(time(0xbf, 3n << 62n)).to.deep.equal([1, 500_000_000]);
    expect(time(12, 1_999_999_999_999n)).to.deep.equal([1, 999_999_999]);
    expect(time(19, 17_000_000_001_234_567_890n)).to.deep.equal([1, 700_000_000]);
  });

  it('gives the offset alone for resolutions that cannot be', () => {
    for (const absurd of [20, 127, 0xc0, 0xff]) expect(time(absurd, 123_456n, 7n)).to.deep.equal([7, 0]);
  });

  it('adds the offset, also a negative one', () => {
    expect(time(6, 1_000_000n, 1000n)).to.deep.equal([1001, 0]);
    expect(time(6, 1_000_001n, -1000n)).to.deep.equal([-999, 1000]);
  });

  it('is exact for every timestamp of every decimal resolution', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9 }),
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        (n, value) => {
          const units = 10n ** BigInt(n);
          const sec = value / units;
          const [gotSec, gotNsec] = time(n, value);
          expect(gotSec).to.equal(Number(sec));
          expect(gotNsec).to.equal(Number(((value % units) * 1_000_000_000n) / units));
        },
      ),
    );
  });
});
