import { expect } from 'chai';
import fc from 'fast-check';
import { FragmentTable } from '../../../dissector/network/ip-fragments.ts';

const DATA = Buffer.from(Array.from({ length: 64 }, (_, i) => i));

/** Adds DATA[from, to) as a fragment. */
function add(
  t: FragmentTable,
  from: number,
  to: number,
  o: { key?: string; sec?: number; frame?: number; data?: Buffer } = {},
) {
  const { key = 'a', sec = 0, frame = 1, data = DATA } = o;
  return t.add(key, 17, data, from, to - from, from, to < DATA.length, sec, frame);
}

describe('IP fragments', () => {
  it('takes the same time for each, however many were dropped', function () {
    this.timeout(3000);
    const t = new FragmentTable(16 << 20);
    for (let i = 0; i < 300_000; i++) add(t, 0, 8, { key: String(i) });
    expect(t.dropped).to.be.greaterThan(100_000);
  });

  it('puts them together in any order, with duplicates', () => {
    const cuts = fc.shuffledSubarray([0, 8, 16, 24, 32, 40, 48, 56], { minLength: 8 });
    fc.assert(
      fc.property(cuts, fc.array(fc.nat(7)), (order, again) => {
        const t = new FragmentTable(1 << 20);
        const starts = [...order.slice(0, 7), ...again.map((i) => order[Math.min(i, 6)]!), order[7]!];
        starts.forEach((start, i) => {
          const whole = add(t, start, start + 8, { frame: i });
          if (i < starts.length - 1) {
            expect(whole).to.equal(null);
            return;
          }
          if (whole === null || whole === 'beyond') throw new Error('not complete');
          expect(whole.payload.equals(DATA)).to.equal(true);
          expect(whole.next).to.equal(17);
          expect(whole.frames).to.deep.equal(starts.map((_, n) => n));
        });
        expect(t.held).to.equal(0);
      }),
    );
  });

  it('keeps the bytes that came first where fragments overlap', () => {
    const t = new FragmentTable(1 << 20);
    const other = Buffer.alloc(64, 0xff);
    add(t, 16, 32);
    expect(add(t, 0, 48, { data: other })).to.equal(null);
    const whole = add(t, 24, 64);
    if (whole === null || whole === 'beyond') throw new Error('not complete');
    const expected = Buffer.concat([
      other.subarray(0, 16),
      DATA.subarray(16, 32),
      other.subarray(32, 48),
      DATA.subarray(48),
    ]);
    expect(whole.payload.toString('hex')).to.equal(expected.toString('hex'));
  });

  it('keeps datagrams apart by key', () => {
    const t = new FragmentTable(1 << 20);
    add(t, 0, 32, { key: 'a' });
    add(t, 0, 32, { key: 'b' });
    expect(add(t, 32, 64, { key: 'c' })).to.equal(null);
    expect(add(t, 32, 64, { key: 'a' })).to.be.an('object');
  });

  it('does not join fragments a minute of capture time apart', () => {
    const t = new FragmentTable(1 << 20);
    add(t, 0, 32, { sec: 100 });
    expect(add(t, 32, 64, { sec: 161 })).to.equal(null);
    expect(t.dropped).to.equal(1);
    expect(add(t, 0, 32, { sec: 200 })).to.be.an('object');
  });

  it('refuses what no datagram can hold', () => {
    const t = new FragmentTable(1 << 20);
    expect(t.add('a', 17, DATA, 0, 64, 65_528, false, 0, 1)).to.equal('beyond');
    expect(t.add('a', 17, DATA, 0, 7, 65_528, false, 0, 1)).to.equal(null);
  });

  it('survives an end before bytes that are there', () => {
    const t = new FragmentTable(1 << 20);
    t.add('a', 17, DATA, 32, 32, 32, true, 0, 1);
    const whole = t.add('a', 17, DATA, 0, 16, 0, false, 0, 2);
    if (whole === null || whole === 'beyond') throw new Error('not complete');
    expect(whole.payload.length).to.equal(16);
  });

  it('stays below its limit, the oldest datagram going first', () => {
    const t = new FragmentTable(2000);
    for (let i = 0; i < 100; i++) {
      add(t, 0, 32, { key: `k${i}` });
      expect(t.held).to.be.at.most(2000);
    }
    expect(t.dropped).to.be.above(90);
    expect(add(t, 32, 64, { key: 'k99' })).to.be.an('object');
    expect(add(t, 32, 64, { key: 'k0' })).to.equal(null);
  });
});
