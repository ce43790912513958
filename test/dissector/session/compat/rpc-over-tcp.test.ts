import { expect } from 'chai';
import { bytesAsChunk, type Chunk } from '../../../../dissector/session/compat/chunk.ts';
import {
  type MessageSink,
  type RecordInfo,
  RpcOverTcp,
} from '../../../../dissector/session/compat/rpc-over-tcp.ts';
import { DEFAULT_PREFERENCES } from '../../../../dissector/session/options.ts';
import { call, record, reply } from '../playbook.ts';

/** Believes every call and no reply. */
class Sink implements MessageSink {
  aborted = false;
  bound = false;
  readonly seen: string[] = [];

  looksLikeCall(c: Chunk): boolean {
    return c.len >= 16 && c.view.getUint32(c.off + 8) === 2;
  }
  looksLikeReply(): boolean {
    return false;
  }
  message(c: Chunk, r: RecordInfo): boolean {
    if (c.len < 8 || c.view.getUint32(c.off + 4) !== 0) return false;
    if (r.lastFrag) this.seen.push(`message ${c.len} in ${r.fragmentCount}`);
    return true;
  }
  fragment(_c: Chunk, r: RecordInfo): void {
    this.seen.push(`fragment ${r.fragLen}`);
  }
  bind(): void {
    this.bound = true;
  }
}

function read(bytes: Buffer, heuristic: boolean, canDesegment = true) {
  const sink = new Sink();
  const rpc = new RpcOverTcp({ ...DEFAULT_PREFERENCES }, sink);
  const reading = rpc.read(bytesAsChunk(bytes), 1, 0, 1, heuristic, canDesegment, false);
  const { desegmentOffset: from, desegmentLength: more } = rpc;
  return { reading, seen: sink.seen, bound: sink.bound, from, more };
}

describe('dissector/session/compat/rpc-over-tcp', () => {
  const m = record(call(1));

  it('reads record after record, and stops silently at what is none', () => {
    const bytes = Buffer.concat([m, m, Buffer.from('nonsense that is no record')]);
    expect(read(bytes, true)).to.deep.include({
      reading: 'rpc',
      seen: ['message 76 in 1', 'message 76 in 1'],
    });
    expect(read(Buffer.from('nonsense'), false).reading).to.equal('not rpc');
    expect(read(record(reply(1)), false).reading).to.equal('not rpc');
  });

  it('asks for exactly what is missing', () => {
    const bytes = Buffer.concat([m, m.subarray(0, 30)]);
    expect(read(bytes, false)).to.deep.include({ reading: 'more', from: 80, more: 50 });
    expect(read(m.subarray(0, 4), false)).to.deep.include({ reading: 'more', from: 0, more: 76 });
    expect(read(m.subarray(0, 3), false)).to.deep.include({ reading: 'not rpc' });
  });

  it('asks as a heuristic only for what looks right, and binds then', () => {
    expect(read(m.subarray(0, 20), true)).to.deep.include({ reading: 'more', bound: true, more: 60 });
    expect(read(m.subarray(0, 19), true)).to.deep.include({ reading: 'not rpc', bound: false });
  });

  it('does not ask where it may not', () => {
    expect(read(m.subarray(0, 40), false, false)).to.deep.include({ reading: 'rpc', more: 0 });
  });

  it('refuses fragments above the preference', () => {
    const large = Buffer.from(m);
    large.writeUInt32BE(0x80000000 + 4_194_304, 0);
    expect(read(large, false).reading).to.equal('more');
    large.writeUInt32BE(0x80000000 + 4_194_305, 0);
    expect(read(large, false).reading).to.equal('not rpc');
  });

  it('joins fragments', () => {
    expect(read(record(call(1), 40, 20), false).seen).to.deep.equal([
      'fragment 40',
      'fragment 20',
      'message 76 in 3',
    ]);
  });
});
