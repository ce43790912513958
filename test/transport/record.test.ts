import { expect } from 'chai';
import { memoryPair } from '../../transport/memory-duplex.ts';
import { type ConnectionSink, type RecordedConnection, record } from '../../transport/record.ts';
import { watch } from './streams.ts';

function notes(fail?: string) {
  const log: string[] = [];
  const say = (line: string): void => {
    if (fail !== undefined && line.includes(fail)) throw new Error(`no ${fail}`);
    log.push(line);
  };
  const open = ({ kind, side, local, remote }: RecordedConnection): ConnectionSink => {
    say(`open ${kind} ${side} ${local.text} ${remote.text}`);
    return {
      message: (direction, parts) => say(`${direction} ${Buffer.concat(parts).toString('hex')}`),
      end: (direction) => say(`${direction} end`),
      closed: (reset) => say(reset ? 'reset' : 'closed'),
    };
  };
  return { log, sink: { open } };
}

describe('record', () => {
  it('notes both directions, framed, and the ends', async () => {
    const { log, sink } = notes();
    const [a, b] = memoryPair();
    const client = record(a, sink, { side: 'client' });
    const atClient = watch(client);
    const atServer = watch(b);
    client.send(Buffer.of(1, 2));
    b.send(Buffer.of(3));
    client.end();
    await atServer.until((seen) => seen.ended === 1);
    b.end();
    await atClient.until((seen) => seen.ended === 1);
    b.close();
    await atClient.closed();
    expect(log).to.deep.equal([
      'open pipe client memory:a memory:b',
      'sent 800000020102',
      'sent end',
      'received 8000000103',
      'received end',
      'closed',
    ]);
    expect(atClient.bytes).to.deep.equal(Buffer.of(3));
  });

  it('says nothing of a reset but that it was one', async () => {
    const { log, sink } = notes();
    const [a] = memoryPair();
    const client = record(a, sink, { side: 'server' });
    watch(client);
    client.reset();
    expect(log.at(-1)).to.equal('reset');
  });

  it('tells a sink that fails no more, and the connection goes on', async () => {
    for (const fail of ['open', 'sent', 'received']) {
      const problems: string[] = [];
      const { log, sink } = notes(fail);
      const [a, b] = memoryPair();
      const client = record(a, sink, { side: 'client', onProblem: (error) => problems.push(error.message) });
      const atClient = watch(client);
      const atServer = watch(b);
      client.send(Buffer.of(1));
      b.send(Buffer.of(2));
      await atClient.until((seen) => seen.messages.length === 1);
      await atServer.until((seen) => seen.messages.length === 1);
      client.send(Buffer.of(3));
      await atServer.until((seen) => seen.messages.length === 2);
      expect(problems, fail).to.deep.equal([`no ${fail}`]);
      expect(log.length).to.equal({ open: 0, sent: 1, received: 2 }[fail]);
    }
  });

  it('is in all else the duplex it wraps', () => {
    const [a] = memoryPair({ highWater: 1 });
    const client = record(a, notes().sink, { side: 'client' });
    watch(client);
    expect([client.kind, client.local, client.remote, client.security]).to.deep.equal([
      a.kind,
      a.local,
      a.remote,
      null,
    ]);
    expect(client.send(Buffer.alloc(5))).to.equal(false);
    expect(client.queued).to.equal(5);
    client.pause();
    expect(a.paused).to.equal(true);
    client.resume();
    expect(a.paused).to.equal(false);
    client.close();
    expect(a.closed).to.equal(true);
  });
});
