/** Recordings of every kind of connection, opened by tshark: decoded as RPC, with no fault in any layer. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { encodeCall, encodeReply } from '../../codec/rpc/message.ts';
import { openRecording } from '../../dissector/capture/record-file.ts';
import { memoryPair } from '../../transport/memory-duplex.ts';
import { record } from '../../transport/record.ts';
import { duplexPair, Seen } from '../transport/streams.ts';

const NOTHING = new Uint8Array(0);

describe('recordings (need tshark)', () => {
  const directory = mkdtempSync(join(tmpdir(), 'oncilla-recordings-'));

  before(function () {
    if (spawnSync('tshark', ['--version']).status !== 0) this.skip();
  });
  after(() => rmSync(directory, { recursive: true }));

  function tshark(file: string, ...args: string[]): string[] {
    const checks = [
      '-o',
      'tcp.check_checksum:TRUE',
      '-o',
      'ip.check_checksum:TRUE',
      '-o',
      'udp.check_checksum:TRUE',
    ];
    const { stdout, stderr, status } = spawnSync('tshark', ['-r', file, ...checks, ...args], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return stdout.split('\n').filter((line) => line !== '');
  }

  it('decode, call by call, with right numbers and sums in every layer', async () => {
    const file = join(directory, 'all.pcapng');
    const recording = openRecording(file);
    const call = (xid: number): Uint8Array => encodeCall({ xid, program: 100000, version: 2, procedure: 0 });
    const reply = (xid: number): Uint8Array => encodeReply({ xid, verdict: 'SUCCESS' });
    const dump = encodeCall({ xid: 99, program: 100005, version: 3, procedure: 5 });
    const big = encodeReply({ xid: 1, verdict: 'SUCCESS' }, Buffer.alloc(100_000));
    const targets = ['tcp://127.0.0.1:0', 'tcp://[::1]:0', `unix://${join(directory, 'r.sock')}`];
    const pairs = await Promise.all(targets.map((target) => duplexPair(target)));
    const memory = memoryPair();
    for (const side of memory) side.start(new Seen().handlers);
    const recorded = [...pairs.map(({ client }) => client), memory[0]].map((duplex, i) =>
      record(duplex, recording.synthesiser, { side: i % 2 === 0 ? 'client' : 'server' }),
    );
    for (const xid of [1, 2, 3]) recorded.forEach((duplex, i) => void duplex.send(call(xid * 16 + i)));
    for (const duplex of recorded) duplex.send(dump);
    for (const duplex of recorded) duplex.end();
    const answering = recording.synthesiser.open({
      kind: 'ssh',
      side: 'server',
      local: { text: 'ssh:', address: '', port: 0 },
      remote: { text: 'ssh:host/path', address: 'host', port: 22 },
    });
    const frame = (bytes: Uint8Array): Uint8Array[] => {
      const mark = Buffer.alloc(4);
      mark.writeUInt32BE(0x80000000 + bytes.length);
      return [mark, bytes];
    };
    answering.message('received', frame(call(1)));
    answering.message('sent', frame(big));
    answering.message('received', frame(call(2)));
    answering.message('sent', frame(reply(2)));
    answering.closed(false);
    const datagrams = recording.synthesiser.open({
      kind: 'udp',
      side: 'client',
      local: { text: '[::1]:700', address: '::1', port: 700 },
      remote: { text: '[::1]:111', address: '::1', port: 111 },
    });
    datagrams.message('sent', [call(77)]);
    datagrams.message('received', [reply(77)]);
    recording.close();
    for (const pair of pairs) {
      pair.client.reset();
      pair.server.reset();
      await pair.listener.close();
    }

    const bad =
      'tcp.checksum.status==0 || ip.checksum.status==0 || udp.checksum.status==0 || tcp.analysis.flags || _ws.malformed';
    expect(tshark(file, '-Y', bad)).to.deep.equal([]);
    expect(tshark(file, '-Y', 'tcp.flags.syn==1 && tcp.flags.ack==0')).to.have.length(5);
    expect(
      tshark(file, '-Y', 'rpc.msgtyp==0', '-T', 'fields', '-e', 'rpc.xid', '-E', 'occurrence=a'),
    ).to.have.length(4 * 4 + 2 + 1);
    const replies = tshark(
      file,
      '-2',
      '-Y',
      'rpc.msgtyp==1',
      '-T',
      'fields',
      '-e',
      'rpc.xid',
      '-e',
      'rpc.repframe',
      '-e',
      'rpc.time',
    );
    expect(replies.map((line) => line.split('\t')[0])).to.deep.equal([
      '0x00000001',
      '0x00000002',
      '0x0000004d',
    ]);
    for (const line of replies) expect(line.split('\t')[2]).to.match(/^\d/);
    expect(tshark(file, '-Y', 'frame.comment contains "unix:"')).to.have.length(1);
  });

  it('hold both directions of a decorated connection', async () => {
    const file = join(directory, 'both.pcapng');
    const recording = openRecording(file);
    const [a, b] = memoryPair();
    const client = record(a, recording.synthesiser, { side: 'client' });
    const seen = new Seen();
    client.start(seen.handlers);
    b.start({
      message: (bytes) => {
        const xid = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
        b.send(encodeReply({ xid, verdict: 'SUCCESS' }, NOTHING));
      },
      drain: () => {},
      end: () => b.close(),
      closed: () => {},
    });
    for (let xid = 1; xid <= 10; xid++)
      client.send(encodeCall({ xid, program: 100000, version: 2, procedure: 0 }));
    await seen.until((s) => s.messages.length === 10);
    client.end();
    await seen.closed();
    recording.close();
    expect(tshark(file, '-Y', 'rpc.msgtyp==1 && rpc.time')).to.have.length(10);
    expect(tshark(file, '-Y', 'tcp.flags.fin==1')).to.have.length(2);
    expect(tshark(file, '-Y', 'tcp.analysis.flags')).to.deep.equal([]);
  });
});
