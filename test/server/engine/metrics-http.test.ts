import { connect } from 'node:net';
import { expect } from 'chai';
import { serveMetrics } from '../../../server/engine/metrics-http.ts';
import { until } from '../../until.ts';

describe('server/engine: the metrics listener', () => {
  it('answers GET /metrics, and nothing else', async () => {
    let asked = 0;
    const listener = await serveMetrics('127.0.0.1', 0, () => `up ${++asked}\n`);
    try {
      const reply = await fetch(listener.url);
      expect(reply.status).to.equal(200);
      expect(reply.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/);
      expect(await reply.text()).to.equal('up 1\n');
      expect((await fetch(`${listener.url}?x=1`)).status).to.equal(200);
      expect((await fetch(new URL('/', listener.url))).status).to.equal(404);
      expect((await fetch(listener.url, { method: 'POST', body: 'x' })).status).to.equal(405);
    } finally {
      await listener.close();
    }
    expect(await fetch(listener.url).then(String, () => 'gone')).to.equal('gone');
  });

  it('is not locked out by who says nothing, and hangs up on them', async function () {
    this.timeout(15_000);
    const listener = await serveMetrics('127.0.0.1', 0, () => 'up\n');
    const port = Number(new URL(listener.url).port);
    const gone: number[] = [];
    const begun = Array.from({ length: 40 }, (_, i) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('GET /metrics HTTP/1.1\r\n'));
      return socket
        .on('error', () => {})
        .on('close', () => gone.push(i))
        .resume();
    });
    await until(() => gone.length === 24, 'making room');
    const since = performance.now();
    expect(await (await fetch(listener.url)).text()).to.equal('up\n');
    expect(performance.now() - since).to.be.lessThan(1000);
    await until(() => gone.length === 40, 'hanging up');
    for (const socket of begun) socket.destroy();
    await listener.close();
  });

  it('says when it cannot listen', async () => {
    const listener = await serveMetrics('127.0.0.1', 0, () => '');
    const port = Number(new URL(listener.url).port);
    try {
      expect(
        await serveMetrics('127.0.0.1', port, () => '').then(
          () => '',
          (e) => e.code,
        ),
      ).to.equal('EADDRINUSE');
    } finally {
      await listener.close();
    }
  });
});
