import { expect } from 'chai';
import { encodeCall, encodeReply } from '../../codec/rpc/message.ts';
import { memoryPair } from '../../transport/memory-duplex.ts';
import { trace } from '../../transport/trace.ts';
import { watch } from './streams.ts';

describe('trace', () => {
  it('tells every message and change of state in a line, and hands all on', async () => {
    const lines: string[] = [];
    const [a, b] = memoryPair({ highWater: 50 });
    const client = trace(a, (line) => lines.push(line), { name: 'c' });
    const atClient = watch(client);
    const atServer = watch(b);
    client.send(encodeCall({ xid: 7, program: 100000, version: 2, procedure: 3 }));
    client.send(Buffer.from('\x1b[31mno message'));
    await atServer.until((seen) => seen.messages.length === 2);
    b.send(encodeReply({ xid: 7, verdict: 'SUCCESS' }));
    b.send(encodeReply({ xid: 0xfffffff8, verdict: 'PROC_UNAVAIL' }));
    b.end();
    await atClient.until((seen) => seen.ended === 1);
    client.pause();
    client.resume();
    client.end();
    client.close();
    await atClient.closed();
    expect(lines).to.deep.equal([
      'c -> call 0x00000007 100000.2.3, 40 bytes',
      'c -> no message (msg_type), 15 bytes',
      'c full',
      'c drained',
      'c <- reply 0x00000007 SUCCESS, 24 bytes',
      'c <- reply 0xfffffff8 PROC_UNAVAIL, 24 bytes',
      'c <- end',
      'c paused',
      'c resumed',
      'c -> end',
      'c closing',
      'c closed',
    ]);
    expect([client.kind, client.local, client.remote, client.security]).to.deep.equal([
      a.kind,
      a.local,
      a.remote,
      null,
    ]);
    expect(client.queued).to.equal(a.queued);
  });

  it('tells a reset', async () => {
    const lines: string[] = [];
    const client = trace(memoryPair()[0], (line) => lines.push(line));
    watch(client);
    client.reset();
    expect(lines).to.deep.equal(['memory:b resetting', 'memory:b reset']);
  });
});
