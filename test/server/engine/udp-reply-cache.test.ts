import { expect } from 'chai';
import { callKey, ReplyCache } from '../../../server/engine/udp-reply-cache.ts';

const bytes = (n: number) => new Uint8Array(n);

describe('server/engine/udp-reply-cache', () => {
  it('knows a call while it is executed and when it is answered', () => {
    const cache = new ReplyCache();
    expect(cache.find('a', 0)).to.equal(undefined);
    const call = cache.begin('a', 0);
    expect(cache.find('a', 1)?.reply).to.equal(null);
    cache.answer(call, bytes(8));
    expect(cache.find('a', 1)?.reply).to.have.length(8);
    expect(cache.bytes).to.equal(8);
  });

  it('keeps so many entries, and lets the oldest go', () => {
    const cache = new ReplyCache({ entries: 3 });
    for (const key of ['a', 'b', 'c']) cache.answer(cache.begin(key, 0), bytes(1));
    expect(cache.size).to.equal(3);
    expect(cache.find('a', 0)).to.not.equal(undefined);
    cache.begin('d', 0);
    expect(cache.size).to.equal(3);
    expect(cache.find('a', 0)).to.equal(undefined);
    expect(cache.find('b', 0)).to.not.equal(undefined);
  });

  it('keeps so many bytes', () => {
    const cache = new ReplyCache({ bytes: 100 });
    cache.answer(cache.begin('a', 0), bytes(60));
    cache.answer(cache.begin('b', 0), bytes(40));
    expect(cache.size).to.equal(2);
    cache.answer(cache.begin('c', 0), bytes(1));
    expect(cache.find('a', 0)).to.equal(undefined);
    expect(cache.bytes).to.equal(41);
  });

  it('forgets after its time', () => {
    const cache = new ReplyCache({ ageMs: 1000 });
    cache.answer(cache.begin('a', 0), bytes(4));
    expect(cache.find('a', 999)).to.not.equal(undefined);
    expect(cache.find('a', 1000)).to.equal(undefined);
    expect([cache.size, cache.bytes]).to.deep.equal([0, 0]);
  });

  it('counts nothing for a call that was gone before its answer', () => {
    const cache = new ReplyCache({ entries: 1 });
    const first = cache.begin('a', 0);
    cache.begin('b', 0);
    cache.answer(first, bytes(50));
    expect([cache.size, cache.bytes]).to.deep.equal([1, 0]);
  });

  it('tells calls apart by sender, xid and every byte', () => {
    const call = Uint8Array.of(0, 0, 0, 1, 2, 3);
    const keys = [
      callKey('10.0.0.1:1', 1, call),
      callKey('10.0.0.1:2', 1, call),
      callKey('10.0.0.1:1', 2, call),
      callKey('10.0.0.1:1', 1, Uint8Array.of(0, 0, 0, 1, 2, 4)),
      callKey('10.0.0.1:1', 1, Uint8Array.of(0, 0, 0, 1, 2, 3, 0)),
    ];
    expect(new Set(keys).size).to.equal(keys.length);
    expect(callKey('10.0.0.1:1', 1, call.slice())).to.equal(keys[0]);
  });
});
