import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { connectCaller } from '../../../client/caller.ts';
import { PortmapClient } from '../../../client/portmap.ts';
import { listenPortmap } from '../../../server/portmap/listen.ts';
import { isTransportError } from '../../../transport/errors.ts';

describe('server/portmap/listen', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-portmap-'));
  after(() => rmSync(folder, { recursive: true }));

  it('serves every kind of listener and has registered itself first', async () => {
    const running = await listenPortmap([
      'tcp://127.0.0.1:0',
      'udp://127.0.0.1:0',
      'tcp://[::1]:0',
      `unix://${folder}/rpcbind.sock`,
    ]);
    try {
      expect(running.urls.map((url) => url.replace(/\d+$/, 'N'))).to.deep.equal([
        'tcp://127.0.0.1:N',
        'udp://127.0.0.1:N',
        'tcp://[::1]:N',
        `unix://${folder}/rpcbind.sock`,
      ]);
      for (const url of running.urls) {
        const client = new PortmapClient(await connectCaller(url, { timeoutMs: 2000 }));
        const entries = await client.dump();
        expect(entries).to.have.length(12);
        expect(new Set(entries.map((one) => one.netid))).to.deep.equal(
          new Set(['tcp', 'udp', 'tcp6', 'local']),
        );
        expect(entries.every((one) => one.program === 100000 && one.owner === 'superuser')).to.equal(true);
        client.close();
      }
    } finally {
      await running.stop();
    }
  });

  it('leaves nothing open when one listener cannot be had', async () => {
    const first = await listenPortmap(['tcp://127.0.0.1:0']);
    const taken = first.urls[0] as string;
    const e = await listenPortmap([`unix://${folder}/other.sock`, taken]).catch((x: unknown) => x);
    expect(isTransportError(e) && e.code).to.equal('IN_USE');
    await first.stop();
    const again = await listenPortmap([taken, `unix://${folder}/other.sock`]);
    await again.stop();
  });

  it('closes what begins a record and does not end it', async () => {
    const running = await listenPortmap(['tcp://127.0.0.1:0'], { engineLimits: { partialMs: 100 } });
    const socket = connect(Number(running.urls[0]?.split(':').at(-1)), '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.write(Uint8Array.of(0x80, 0, 0, 40, 1, 2, 3));
    await closed;
    await running.stop();
  });
});
