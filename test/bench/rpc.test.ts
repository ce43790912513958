import { expect } from 'chai';
import { idle } from '../../bench/rpc.ts';
import { RpcServer } from '../../bench/rpc-process.ts';

describe('bench/rpc', function () {
  this.timeout(60_000);

  it('has a thousand idle connections in under 30 KB each, after one call of each', async () => {
    const server = await RpcServer.start();
    try {
      // The first thousand also pay for code that is compiled and tables that grow once.
      await idle(server);
      const [row] = await idle(server);
      expect(row?.unit).to.equal('KiB');
      expect(row?.value).to.be.within(0.1, 30_000 / 1024);
    } finally {
      server.stop();
    }
  });
});
