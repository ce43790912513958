import { connect } from 'node:net';
import { expect } from 'chai';
import { captureProxy } from '../../cli/capture-proxy.ts';
import { isCliError } from '../../cli/errors.ts';
import { CaptureParser } from '../../dissector/capture/parser.ts';
import { parseTarget } from '../../transport/target.ts';
import { until } from '../until.ts';

const settings = (listen: string, target: string) =>
  ({ kind: 'proxy', listen: parseTarget(listen), target: parseTarget(target) }) as const;

describe('cli/capture-proxy', () => {
  it('gives a capture of what passed, and says why a connection came to nothing', async () => {
    const parser = new CaptureParser();
    const notes: string[] = [];
    const source = await captureProxy(settings('tcp://127.0.0.1:0', 'unix:///nonexistent/oncilla.sock'), {
      bytes(chunk) {
        parser.reserve(chunk.length).set(chunk);
        parser.commit(chunk.length);
      },
      note: (text) => void notes.push(text),
    });
    expect(source.name).to.equal(`${source.url} = unix:///nonexistent/oncilla.sock`);
    const socket = connect(Number(/\d+$/.exec(source.url)?.[0]), '127.0.0.1').on('error', () => {});
    await until(() => socket.destroyed);
    await source.stop();
    expect(await source.ended).to.equal(null);
    expect(notes.join()).to.match(/^127\.0\.0\.1:\d+: cannot connect to unix:.*ENOENT$/);
    let packets = 0;
    while (parser.next() !== null) packets++;
    expect(packets).to.equal(4); // a handshake and a reset
    expect(source.summary).to.equal('1 connections, 0 bytes there, 0 back');
  });

  it('ends with 2 where it cannot listen, or has no certificate', async () => {
    for (const listen of ['tcp://192.0.2.1:1', 'tls://127.0.0.1:0?cert=/nonexistent&key=/nonexistent']) {
      let status = 0;
      await captureProxy(settings(listen, 'tcp://127.0.0.1:1'), { bytes: () => {}, note: () => {} }).catch(
        (e) => {
          if (!isCliError(e)) throw e;
          status = e.status;
        },
      );
      expect(status).to.equal(2);
    }
  });
});
