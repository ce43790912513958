import { expect } from 'chai';
import { liveSource } from '../../cli/watch-live.ts';
import { openChannel } from '../../transport/connect.ts';
import { listenChannels } from '../../transport/listen.ts';
import { parseTarget } from '../../transport/target.ts';
import { until } from '../until.ts';

describe('cli/watch-live', () => {
  it('shows what passes a proxy as it passes, with the bytes to read again', async () => {
    const far = await listenChannels('tcp://127.0.0.1:0', {}, (channel) =>
      channel.start({
        data: (bytes) => void channel.write(Uint8Array.from(bytes)),
        end: () => channel.end(),
        drain: () => {},
        closed: () => {},
      }),
    );
    const listen = parseTarget('tcp://127.0.0.1:0');
    const source = await liveSource({ kind: 'proxy', listen, target: parseTarget(far.url) }, {});
    const [, url = ''] = /^(\S+) = tcp:/.exec(source.name) ?? [];
    let changes = 0;
    source.onChange(() => changes++);
    const texts: string[] = [];
    const pump = () =>
      source.pump((packet, _capture, at) => {
        const bytes = Buffer.alloc(packet.caplen);
        expect(source.store.read(at, bytes)).to.equal(packet.caplen);
        texts.push(bytes.subarray(40).toString('latin1'));
      }, performance.now() + 50);
    const client = await openChannel(url);
    client.start({ data: () => client.end(), end: () => {}, drain: () => {}, closed: () => {} });
    client.write(Buffer.from('hello'));
    await until(() => {
      if (source.state.ready) pump();
      return texts.length >= 7;
    });
    expect(texts.filter((text) => text === 'hello')).to.have.length(2);
    expect(changes).to.be.above(0);
    expect(source.state).to.include({ live: true, ended: false, dropped: 0, note: null });
    source.close();
    await far.close();
  });

  it('tells what went wrong with a connection, and goes on', async () => {
    const target = parseTarget('unix:///nonexistent/oncilla.sock');
    const source = await liveSource({ kind: 'proxy', listen: parseTarget('tcp://127.0.0.1:0'), target }, {});
    const client = await openChannel(source.name.split(' ')[0]!);
    let closed = false;
    client.start({
      data: () => {},
      end: () => {},
      drain: () => {},
      closed: () => {
        closed = true;
      },
    });
    await until(() => closed && source.state.note !== null);
    expect(source.state.note).to.match(/cannot connect to unix:/);
    expect(source.state.ended).to.equal(false);
    source.close();
  });
});
