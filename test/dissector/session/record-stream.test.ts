import { expect } from 'chai';
import { BlockPool } from '../../../dissector/session/block-pool.ts';
import { Verdict } from '../../../dissector/session/plausible.ts';
import {
  type FoundMessage,
  type RecordHost,
  type RecordLimits,
  RecordStream,
  RecordStreams,
} from '../../../dissector/session/record-stream.ts';
import { u32 } from '../network/build.ts';
import { call, record } from './playbook.ts';

const LIMITS: RecordLimits = {
  recordBytes: 1000,
  keepBytes: 1000,
  fragmentsPerRecord: 5,
  emptyFragmentsPerRecord: 2,
};

/** Believes whatever has message type CALL. */
class Host implements RecordHost {
  trusted = true;
  tlsWelcome = false;
  readonly seen: string[] = [];

  judge(view: DataView, off: number, end: number): Verdict {
    if (end - off < 8) return Verdict.MORE;
    return view.getUint32(off + 4) === 0 ? Verdict.YES : Verdict.NO;
  }
  judgeFound(view: DataView, off: number, end: number, length: number, more: boolean): Verdict {
    if (end - off < 12) return more ? Verdict.MORE : Verdict.NO;
    return length !== 0 && view.getUint32(off + 4) === 0 && view.getUint32(off + 8) === 2
      ? Verdict.YES
      : Verdict.NO;
  }
  message(_s: RecordStream, m: FoundMessage): void {
    const flags = `${m.cut ? ' cut' : ''}${m.resynchronised ? ' resynchronised' : ''}`;
    this.seen.push(`message ${m.view.getUint32(m.off)} ${m.len}/${m.wireLen} in ${m.fragmentCount}${flags}`);
  }
  fragment(_s: RecordStream, f: FoundMessage): void {
    this.seen.push(`fragment ${f.fragLen}`);
  }
  continuation(_s: RecordStream, _b: Buffer, _v: DataView, _o: number, len: number): void {
    this.seen.push(`continuation ${len}`);
  }
  startsTls(mark: number, first: boolean): boolean {
    this.seen.push(`tls? ${mark.toString(16)}${first ? ' first' : ''}`);
    return this.tlsWelcome;
  }
  tls(buf: Buffer, off: number, len: number): void {
    this.seen.push(`tls ${buf.toString('hex', off, off + len)}`);
  }
}

function run(
  parts: (Uint8Array | number)[],
  limits: Partial<RecordLimits> = {},
  tlsWelcome = false,
): string[] {
  const host = new Host();
  host.tlsWelcome = tlsWelcome;
  const stream = new RecordStream(host, streamsOf(limits));
  let frame = 0;
  for (const part of parts) {
    frame++;
    if (typeof part === 'number') stream.gap(part, frame);
    else give(stream, part, frame);
  }
  return host.seen;
}

const streamsOf = (limits: Partial<RecordLimits> = {}) =>
  new RecordStreams(new BlockPool(1 << 20), { ...LIMITS, ...limits });

function give(stream: RecordStream, part: Uint8Array, frame: number): void {
  const buf = Buffer.from(part);
  stream.bytes(buf, new DataView(buf.buffer, buf.byteOffset, buf.length), 0, buf.length, frame);
  buf.fill(0xee);
}

describe('dissector/session/record-stream', () => {
  const m = record(call(7));

  it('shows a record that lies in one portion, and one that spans many', () => {
    expect(run([m])).to.deep.equal(['message 7 76/76 in 1']);
    expect(run([...m].map((b) => Uint8Array.of(b)))).to.deep.equal(['message 7 76/76 in 1']);
  });

  it('holds the limit of a record, and searches above it', () => {
    const at = record(call(7, { args: Buffer.alloc(1000 - 40, 3) }));
    const above = record(call(7, { args: Buffer.alloc(1000 - 39, 3) }));
    expect(run([at])).to.deep.equal(['message 7 1000/1000 in 1']);
    // the last 3 bytes may yet begin a mark
    expect(run([above])).to.deep.equal([`continuation ${above.length - 3}`]);
    expect(run([above, m]).at(-1)).to.equal('message 7 76/76 in 1 resynchronised');
  });

  it('holds the limit of fragments', () => {
    expect(run([record(call(7), 10, 10, 10, 10)]).at(-1)).to.equal('message 7 76/76 in 5');
    expect(run([record(call(7), 10, 10, 10, 10, 10)]).at(-1)).to.match(/^continuation/);
  });

  it('holds the limit of empty fragments', () => {
    expect(run([record(call(7), 0, 0)]).at(-1)).to.equal('message 7 76/76 in 3');
    expect(run([record(call(7), 0, 0, 0)])).not.to.include('message 7 76/76 in 4');
  });

  it('keeps only the head of a record that spans portions when told', () => {
    expect(run([m.subarray(0, 50), m.subarray(50)], { keepBytes: 60 })).to.deep.equal([
      'message 7 60/76 in 1 cut',
    ]);
  });

  it('counts through a gap inside a record, and searches behind one across its end', () => {
    expect(run([m.subarray(0, 50), 10, m.subarray(60), m])).to.deep.equal([
      'message 7 46/76 in 1 cut',
      'message 7 76/76 in 1',
    ]);
    expect(run([m.subarray(0, 50), 40, m.subarray(10), m])).to.deep.equal([
      'message 7 46/76 in 1 cut',
      'continuation 67',
      'message 7 76/76 in 1 resynchronised',
    ]);
  });

  it('finds a record whose mark lies across portions while searching', () => {
    const garbage = Buffer.concat([u32(0xffffffff), Buffer.alloc(90, 1)]);
    for (let cut = 1; cut < 20; cut++) {
      const seen = run([Buffer.concat([garbage, m.subarray(0, cut)]), m.subarray(cut)]);
      expect(seen.at(-1), `cut ${cut}`).to.equal('message 7 76/76 in 1 resynchronised');
    }
  });

  it('shows the mark with the bytes of a fragment that is none, where it is at hand', () => {
    const libvirt = u32(28, 0x20008086, 1, 66, 0, 9, 0);
    // the last three bytes may begin a mark
    expect(run([libvirt])).to.deep.equal(['continuation 25']);
    expect(run([Buffer.concat([m, libvirt])])).to.deep.equal(['message 7 76/76 in 1', 'continuation 25']);
    // the mark went by before the bytes came
    expect(run([libvirt.subarray(0, 4), libvirt.subarray(4)])).to.deep.equal(['continuation 21']);
  });

  it('keeps streams apart that share what they need within a record', () => {
    const shared = streamsOf();
    const streams = [7, 8, 9].map((xid) => {
      const host = new Host();
      const bytes = record(call(xid), 20, 30);
      return { host, bytes, stream: new RecordStream(host, shared) };
    });
    // a gap of one in the middle, and one that gives up its framing
    const [, second, third] = streams;
    for (let at = 0; at < streams[0]!.bytes.length; at++) {
      for (const one of streams) {
        if (one === second && at === 70) one.stream.gap(1, at);
        else if (one === third && at === 50) one.stream.off();
        else give(one.stream, one.bytes.subarray(at, at + 1), at);
      }
    }
    const messages = streams.map(({ host }) => host.seen.filter((line) => line.startsWith('message')));
    expect(messages).to.deep.equal([['message 7 76/76 in 3'], ['message 8 58/76 in 3 cut'], []]);
    expect(streams.map(({ stream }) => stream.unfinished)).to.deep.equal([false, false, false]);
    expect(shared.pool.held).to.equal(0);
  });

  it('hands all bytes from a TLS head on to its host, if that wants them', () => {
    const hello = Buffer.from('160301000548656c6c6f', 'hex');
    expect(run([hello])).to.include('tls? 16030100 first');
    for (const size of [1, 3, 4, 7, hello.length]) {
      const parts: Uint8Array[] = [];
      for (let at = 0; at < hello.length; at += size) parts.push(hello.subarray(at, at + size));
      const seen = run(parts, {}, true);
      expect(seen[0]).to.equal('tls? 16030100 first');
      // the host stops the stream; what follows the portion with the head does not come here again
      expect(seen.slice(1, 3).join('')).to.match(/^tls 16030100/);
    }
  });
});
