import { expect } from 'chai';
import { openLane } from '../../fuzz/lane.ts';
import { isTransportError } from '../../transport/errors.ts';
import { parseTarget } from '../../transport/target.ts';
import { caseNamed, datagramPlan, PUT, streamPlan } from './base.ts';
import { PlantServer } from './plant.ts';

describe('fuzz/lane', () => {
  let server: PlantServer;
  before(async () => {
    server = await PlantServer.start();
  });
  after(() => server.stop());

  for (const plan of [streamPlan, datagramPlan]) {
    it(`keeps the reply for its xid (${plan.stream ? 'tcp' : 'udp'})`, async () => {
      const lane = await openLane(parseTarget(plan.stream ? server.tcpUrl : server.udpUrl));
      const one = caseNamed(PUT, '/valid', plan);
      lane.send(one.bytes);
      // two waiters at once, as the canary's is
      const waits = [1, 2].map(() => lane.wait(() => lane.has(one.xid), 2000));
      expect(await Promise.all(waits)).to.deep.equal([true, true]);
      expect(lane.take(one.xid)?.length).to.equal(28);
      expect(lane.take(one.xid)).to.equal(null);
      expect(await lane.wait(() => lane.has(one.xid), 20)).to.equal(false);
      lane.close();
    });
  }

  it('sees that the other side ended it', async () => {
    const lane = await openLane(parseTarget(server.tcpUrl));
    lane.send(caseNamed(PUT, '/frag.http', streamPlan).bytes);
    expect(await lane.wait(() => lane.ended, 2000)).to.equal(true);
    lane.close();
  });

  it('rejects where nobody listens', async () => {
    const error = await openLane(parseTarget('tcp://127.0.0.1:1')).catch((e: unknown) => e);
    expect(isTransportError(error)).to.equal(true);
  });
});
