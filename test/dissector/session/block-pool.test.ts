import { expect } from 'chai';
import { BlockPool } from '../../../dissector/session/block-pool.ts';

describe('dissector/session/block-pool', () => {
  it('keeps what was there when a block grows', () => {
    const pool = new BlockPool(1 << 20);
    const small = pool.grow(null, 0, 10);
    expect(small).not.to.equal(null);
    small?.buf.write('abc');
    const large = pool.grow(small, 3, 5000);
    expect(large?.buf.toString('latin1', 0, 3)).to.equal('abc');
    expect(large?.buf.length).to.equal(8192);
    expect(pool.held).to.equal(8192);
  });

  it('refuses above its limit, not at it', () => {
    const pool = new BlockPool(1024);
    expect(pool.grow(null, 0, 512)).not.to.equal(null);
    const second = pool.grow(null, 0, 512);
    expect(second).not.to.equal(null);
    expect(pool.grow(null, 0, 1)).to.equal(null);
    expect(pool.refused).to.equal(1);
    if (second !== null) pool.drop(second);
    expect(pool.grow(null, 0, 1)).not.to.equal(null);
  });

  it('uses a block that was outgrown again, unless a PDU may show it', () => {
    const pool = new BlockPool(1 << 20);
    const shown = pool.grow(null, 0, 100);
    const outgrown = pool.grow(shown, 0, 1000);
    expect(pool.grow(null, 0, 100)).not.to.equal(shown);
    pool.grow(outgrown, 0, 2000, false);
    expect(pool.grow(null, 0, 1000)).to.equal(outgrown);
  });

  it('uses a lent block again only after reclaim', () => {
    const pool = new BlockPool(1 << 20);
    const block = pool.grow(null, 0, 100);
    if (block !== null) pool.lend(block);
    expect(pool.grow(null, 0, 100)).not.to.equal(block);
    pool.reclaim();
    expect(pool.grow(null, 0, 100)).to.equal(block);
  });
});
