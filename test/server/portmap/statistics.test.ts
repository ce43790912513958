import { expect } from 'chai';
import type { rpcb_stat_byvers } from '../../../codec/programs/rpcbind.gen.ts';
import { Statistics } from '../../../server/portmap/statistics.ts';

describe('server/portmap/statistics', () => {
  it('counts by version and procedure', () => {
    const statistics = new Statistics();
    statistics.call(2, 3);
    statistics.call(2, 3);
    statistics.call(4, 12);
    statistics.set(3);
    statistics.unset(4);
    statistics.lookup(2, 100003, 3, 'tcp', true);
    statistics.lookup(2, 100003, 3, 'tcp', false);
    statistics.lookup(2, 100003, 3, 'udp', false);
    const [two, three, four] = statistics.result() as rpcb_stat_byvers;
    expect(two!.info).to.have.length(13);
    expect(two!.info[3]).to.equal(2);
    expect(four!.info[12]).to.equal(1);
    expect([two!.setinfo, three!.setinfo, four!.unsetinfo]).to.deep.equal([0, 1, 1]);
    expect(two!.addrinfo).to.deep.equal([
      { prog: 100003, vers: 3, netid: 'tcp', success: 1, failure: 1 },
      { prog: 100003, vers: 3, netid: 'udp', success: 0, failure: 1 },
    ]);
    expect(() => statistics.call(5, 0)).to.throw(RangeError);
  });

  it('remembers so many look-ups, whatever is asked for', () => {
    const statistics = new Statistics();
    for (let i = 0; i <= 256; i++) statistics.lookup(4, i, 1, 'tcp', false);
    const [, , four] = statistics.result() as rpcb_stat_byvers;
    expect(four!.addrinfo).to.have.length(256);
    expect(four!.addrinfo[0]!.prog).to.equal(1);
  });
});
