import { expect } from 'chai';
import { connectCaller } from '../../client/caller.ts';
import { xdr } from '../../codec/xdr/index.ts';
import { listenPortmap } from '../../server/portmap/listen.ts';
import { isTransportError } from '../../transport/errors.ts';

const NULL = { name: 'NULL', number: 0, args: [], argument: xdr.void(), result: xdr.void() };

describe('client/caller', () => {
  it('calls over streams and datagrams alike', async () => {
    const running = await listenPortmap(['tcp://127.0.0.1:0', 'udp://127.0.0.1:0']);
    for (const url of running.urls) {
      const caller = await connectCaller(url, { timeoutMs: 2000 });
      expect(await caller.call(100000, 2, NULL, undefined)).to.equal(undefined);
      const e = await caller.call(100000, 9, NULL, undefined).catch((x: unknown) => x);
      expect(e).to.include({ code: 'PROG_MISMATCH', low: 2, high: 4 });
      caller.close();
      const closed = await caller.call(100000, 2, NULL, undefined).catch((x: unknown) => x);
      expect(closed).to.have.property('code', 'CLOSED');
    }
    const dead = running.urls[0] as string;
    await running.stop();
    const e = await connectCaller(dead).catch((x: unknown) => x);
    expect(isTransportError(e) && e.code).to.equal('UNREACHABLE');
  });
});
