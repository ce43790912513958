import { expect } from 'chai';
import fc from 'fast-check';
import { type Flow, type ReassemblyLimits, TcpReassembler } from '../../../dissector/network/index.ts';
import { TCP_FLAGS, tcpPacket } from './build.ts';
import { Feeder } from './decode.ts';

const { SYN, ACK, FIN, RST } = TCP_FLAGS;
const A = { address: '10.0.0.1', port: 1000 };
const B = { address: '10.0.0.2', port: 2049 };

interface Segment {
  /** who sends it */
  from?: 'A' | 'B';
  seq: number;
  data?: string;
  ack?: number;
  flags?: number;
  /** bytes of `data` that the snap length leaves, all if absent */
  captured?: number;
  /** A's port, for several flows */
  port?: number;
}

/** A connection and what its consumer was told, as lines such as `A "text"`, `A gap 5 lost`. */
class Playbook {
  readonly reassembler: TcpReassembler;
  readonly #feeder: Feeder;
  #said: string[] = [];
  /** of each portion of bytes: when it was captured, if earlier than the packet that brought it; a second a frame */
  readonly since: (number | null)[] = [];
  /** the connection of the last segment */
  flow!: Flow;

  constructor(limits: Partial<ReassemblyLimits> = {}) {
    const name = (dir: 0 | 1, aPort: number) => ((dir === 0) === (aPort !== B.port) ? 'A' : 'B');
    this.reassembler = new TcpReassembler(
      {
        onStart: (f, dir, midstream) =>
          this.#said.push(`${name(dir, f.aPort)} ${midstream ? 'midstream' : 'start'}`),
        onBytes: (f, dir, buf, view, off, len, frame) => {
          expect(view.getUint8(off)).to.equal(buf[off]);
          this.since.push(this.reassembler.heldSince?.sec ?? null);
          this.#said.push(`${name(dir, f.aPort)} "${buf.toString('latin1', off, off + len)}" #${frame}`);
        },
        onGap: (f, dir, missing, reason) => this.#said.push(`${name(dir, f.aPort)} gap ${missing} ${reason}`),
        onClose: (f, dir, reason) => this.#said.push(`${name(dir, f.aPort)} ${reason}`),
      },
      limits,
    );
    this.#feeder = new Feeder({ onFlowEnd: (flow) => this.reassembler.drop(flow) });
  }

  /** What the consumer is told while this segment is taken. */
  send(s: Segment): string[] {
    const [src, dst] = s.from === 'B' ? [B, A] : [A, B];
    const ports = { srcPort: src.port, dstPort: dst.port };
    if (s.port !== undefined) ports[s.from === 'B' ? 'dstPort' : 'srcPort'] = s.port;
    const data = Buffer.from(s.data ?? '', 'latin1');
    const flags = s.flags ?? ACK;
    const bytes = tcpPacket(src.address, dst.address, { ...ports, seq: s.seq, ack: s.ack ?? 0, flags }, data);
    const cut = s.captured === undefined ? bytes.length : bytes.length - data.length + s.captured;
    const frame = this.#feeder.frame(bytes, 1, cut);
    frame.packet.sec = frame.packet.number;
    this.flow = frame.flow!;
    this.reassembler.segment(frame);
    return this.said();
  }

  flush(): string[] {
    this.reassembler.flush();
    return this.said();
  }

  said(): string[] {
    const said = this.#said;
    this.#said = [];
    return said;
  }

  /** A handshake: A begins at 101, B at 501. Frames 1 to 3. */
  static open(limits: Partial<ReassemblyLimits> = {}): Playbook {
    const p = new Playbook(limits);
    expect(p.send({ seq: 100, flags: SYN })).to.deep.equal(['A start']);
    expect(p.send({ from: 'B', seq: 500, ack: 101, flags: SYN | ACK })).to.deep.equal(['B start']);
    expect(p.send({ seq: 101, ack: 501 })).to.deep.equal([]);
    return p;
  }
}

describe('TCP reassembly', () => {
  it('passes on what comes in order, in both directions', () => {
    const p = Playbook.open();
    expect(p.send({ seq: 101, data: 'call', ack: 501 })).to.deep.equal(['A "call" #4']);
    expect(p.send({ from: 'B', seq: 501, data: 'reply', ack: 105 })).to.deep.equal(['B "reply" #5']);
    expect(p.send({ seq: 105, data: 'more', ack: 506 })).to.deep.equal(['A "more" #6']);
    expect(p.reassembler.counts).to.deep.equal({
      outOfOrder: 0,
      retransmitted: 0,
      overlapped: 0,
      gaps: 0,
      overLimit: 0,
      dropped: 0,
    });
  });

  it('holds what comes too early, and tells the frame it was in', () => {
    const p = Playbook.open();
    expect(p.send({ seq: 109, data: 'ccc' })).to.deep.equal([]);
    expect(p.send({ seq: 105, data: 'bbbb' })).to.deep.equal([]);
    expect(p.reassembler.held).to.be.above(0);
    expect(p.send({ seq: 101, data: 'aaaa' })).to.deep.equal(['A "aaaa" #6', 'A "bbbb" #5', 'A "ccc" #4']);
    expect(p.reassembler.held).to.equal(0);
    expect(p.reassembler.counts.outOfOrder).to.equal(2);
  });

  it('knows by the SYN that the first segment is missing', () => {
    const p = Playbook.open();
    expect(p.send({ seq: 105, data: 'bbbb' })).to.deep.equal([]);
    expect(p.send({ seq: 101, data: 'aaaa' })).to.deep.equal(['A "aaaa" #5', 'A "bbbb" #4']);
  });

  it('knows it by the acknowledgement of a SYN that was not captured', () => {
    const p = new Playbook();
    p.send({ from: 'B', seq: 500, ack: 101, flags: SYN | ACK });
    expect(p.send({ seq: 105, data: 'bbbb', ack: 501 })).to.deep.equal(['A start']);
    expect(p.send({ seq: 101, data: 'aaaa', ack: 501 })).to.deep.equal(['A "aaaa" #3', 'A "bbbb" #2']);
  });

  it('takes data with the SYN', () => {
    const p = new Playbook();
    expect(p.send({ seq: 100, flags: SYN, data: 'fast' })).to.deep.equal(['A start', 'A "fast" #1']);
    expect(p.send({ seq: 105, data: 'next' })).to.deep.equal(['A "next" #2']);
  });

  it('drops retransmissions and keepalives', () => {
    const p = Playbook.open();
    p.send({ seq: 101, data: 'aaaa' });
    expect(p.send({ seq: 101, data: 'aaaa' })).to.deep.equal([]);
    expect(p.send({ seq: 104, data: '\0' })).to.deep.equal([]);
    expect(p.send({ seq: 104 })).to.deep.equal([]);
    expect(p.send({ seq: 105, data: 'bbbb' })).to.deep.equal(['A "bbbb" #8']);
    expect(p.reassembler.counts.retransmitted).to.equal(2);
  });

  it('keeps the copy that came first where segments overlap: delivered, held, and in between', () => {
    const p = Playbook.open();
    p.send({ seq: 101, data: 'aaaa' });
    expect(p.send({ seq: 103, data: 'XXbb' })).to.deep.equal(['A "bb" #5']);
    expect(p.send({ seq: 109, data: 'cc' })).to.deep.equal([]);
    expect(p.send({ seq: 113, data: 'ee' })).to.deep.equal([]);
    expect(p.send({ seq: 108, data: 'YYYYYYYYY' })).to.deep.equal([]);
    expect(p.send({ seq: 107, data: 'zzzz' })).to.deep.equal([
      'A "z" #9',
      'A "Y" #8',
      'A "cc" #6',
      'A "YY" #8',
      'A "ee" #7',
      'A "YY" #8',
    ]);
  });

  it('goes on across the wrap of sequence numbers', () => {
    const p = new Playbook();
    p.send({ seq: 0xfffffffc, flags: SYN });
    expect(p.send({ seq: 3, data: 'dddd' })).to.deep.equal([]);
    expect(p.send({ seq: 0xffffffff, data: 'bbbb' })).to.deep.equal([]);
    expect(p.send({ seq: 0xfffffffd, data: 'aa' })).to.deep.equal([
      'A "aa" #4',
      'A "bbbb" #3',
      'A "dddd" #2',
    ]);
  });

  it('begins where a capture begins in the middle', () => {
    const p = new Playbook();
    expect(p.send({ seq: 7000, data: 'x', ack: 9000 })).to.deep.equal(['A midstream', 'A "x" #1']);
    expect(p.send({ from: 'B', seq: 9000, data: 'y', ack: 7001 })).to.deep.equal(['B midstream', 'B "y" #2']);
    expect(p.send({ seq: 7001, data: 'z', ack: 9001 })).to.deep.equal(['A "z" #3']);
  });

  it('begins in the middle where the other side says, when that is near', () => {
    const p = new Playbook();
    p.send({ from: 'B', seq: 9000, ack: 7000 });
    expect(p.send({ seq: 7004, data: 'bbbb', ack: 9000 })).to.deep.equal(['A midstream']);
    expect(p.send({ seq: 7000, data: 'aaaa', ack: 9000 })).to.deep.equal(['A "aaaa" #3', 'A "bbbb" #2']);
    const far = new Playbook();
    far.send({ from: 'B', seq: 9000, ack: 7000 });
    expect(far.send({ seq: 99_999_999, data: 'x', ack: 9000 })).to.deep.equal(['A midstream', 'A "x" #2']);
  });

  it('gives a hole up when the other side acknowledges beyond it, not before', () => {
    const p = Playbook.open();
    p.send({ seq: 101, data: 'aaaa' });
    p.send({ seq: 110, data: 'cccc' });
    expect(p.send({ from: 'B', seq: 501, ack: 105 })).to.deep.equal([]);
    expect(p.send({ from: 'B', seq: 501, ack: 109 })).to.deep.equal([]);
    expect(p.send({ from: 'B', seq: 501, ack: 114 })).to.deep.equal(['A gap 5 lost', 'A "cccc" #5']);
    expect(p.reassembler.counts.gaps).to.equal(1);
  });

  it('gives up a hole that was acknowledged before the bytes behind it came', () => {
    const p = Playbook.open();
    p.send({ from: 'B', seq: 501, ack: 105 });
    expect(p.send({ seq: 105, data: 'bbbb' })).to.deep.equal(['A gap 4 lost', 'A "bbbb" #5']);
    expect(p.send({ seq: 101, data: 'aaaa' }), 'too late').to.deep.equal([]);
  });

  it('gives up what was acknowledged and is not held when told, but not what a FIN counts', () => {
    const p = Playbook.open();
    const { flow } = p;
    p.send({ seq: 101, data: 'aaaa' });
    expect(p.send({ from: 'B', seq: 501, ack: 109 }), 'it may still come').to.deep.equal([]);
    const concede = (): string[] => {
      p.reassembler.concede(flow, 0);
      return p.said();
    };
    expect(concede()).to.deep.equal(['A gap 4 lost']);
    expect(concede(), 'once').to.deep.equal([]);
    expect(p.send({ seq: 105, data: 'bbbb' }), 'too late').to.deep.equal([]);
    expect(p.send({ seq: 113, flags: FIN | ACK })).to.deep.equal([]);
    expect(p.send({ from: 'B', seq: 501, ack: 114 })).to.deep.equal(['A gap 4 lost', 'A fin']);
    expect(concede()).to.deep.equal([]);
  });

  it('tells when bytes that were held were captured', () => {
    const p = Playbook.open();
    p.send({ seq: 105, data: 'late' });
    p.send({ seq: 101, data: 'hole' });
    expect(p.since).to.deep.equal([null, 4]);
  });

  it('gives up several holes as far as they are acknowledged', () => {
    const p = Playbook.open();
    for (const seq of [103, 106, 109]) p.send({ seq, data: 'x' });
    expect(p.send({ from: 'B', seq: 501, ack: 107 })).to.deep.equal([
      'A gap 2 lost',
      'A "x" #4',
      'A gap 2 lost',
      'A "x" #5',
    ]);
    expect(p.flush()).to.deep.equal(['A gap 2 lost', 'A "x" #6']);
  });

  it('gives up holes of a flow that holds too much', () => {
    const p = Playbook.open({ heldPerFlow: 500 });
    expect(p.send({ seq: 110, data: 'x'.repeat(100) })).to.deep.equal([]);
    expect(p.send({ seq: 310, data: 'y'.repeat(100) })).to.deep.equal([]);
    expect(p.send({ seq: 510, data: 'z'.repeat(100) })).to.deep.equal([
      'A gap 9 lost',
      `A "${'x'.repeat(100)}" #4`,
    ]);
    expect(p.reassembler.counts.overLimit).to.equal(1);
    expect(p.reassembler.held).to.be.at.most(500);
  });

  it('drops what the longest-holding flow holds when all together hold too much', () => {
    const p = new Playbook({ heldTotal: 600 });
    for (const port of [1, 2, 3]) p.send({ seq: 100, flags: SYN, port });
    p.said();
    for (const port of [1, 2, 3]) expect(p.send({ seq: 105, data: 'x'.repeat(100), port })).to.deep.equal([]);
    expect(p.reassembler.counts.dropped).to.equal(1);
    expect(p.reassembler.held).to.be.at.most(600);
    expect(p.send({ seq: 101, data: 'aaaa', port: 1 })).to.deep.equal(['A "aaaa" #7']);
    expect(p.send({ seq: 101, data: 'aaaa', port: 2 })).to.have.length(2);
  });

  it('delivers what is held at the end of the capture', () => {
    const p = Playbook.open();
    p.send({ seq: 105, data: 'bbbb' });
    p.send({ from: 'B', seq: 505, data: 'dddd', ack: 101 });
    expect(p.flush()).to.deep.equal(['A gap 4 lost', 'A "bbbb" #4', 'B gap 4 lost', 'B "dddd" #5']);
    expect(p.flush()).to.deep.equal([]);
  });

  it('closes a direction when its FIN is reached, once', () => {
    const p = Playbook.open();
    expect(p.send({ seq: 101, data: 'aaaa', flags: FIN | ACK })).to.deep.equal(['A "aaaa" #4', 'A fin']);
    expect(p.send({ seq: 101, data: 'aaaa', flags: FIN | ACK })).to.deep.equal([]);
    expect(p.send({ from: 'B', seq: 501, ack: 106, flags: FIN | ACK })).to.deep.equal(['B fin']);
  });

  it('waits with the close for bytes that come after the FIN', () => {
    const p = Playbook.open();
    expect(p.send({ seq: 105, data: 'bbbb', flags: FIN | ACK })).to.deep.equal([]);
    expect(p.send({ seq: 101, data: 'aaaa' })).to.deep.equal(['A "aaaa" #5', 'A "bbbb" #4', 'A fin']);
  });

  it('gives up what is missing before an acknowledged FIN', () => {
    const p = Playbook.open();
    expect(p.send({ seq: 105, flags: FIN | ACK })).to.deep.equal([]);
    expect(p.send({ from: 'B', seq: 501, ack: 106 })).to.deep.equal(['A gap 4 lost', 'A fin']);
  });

  it('does not wait for acknowledgements of a side that is never seen', () => {
    const p = new Playbook();
    p.send({ seq: 100, flags: SYN });
    p.send({ seq: 105, data: 'bbbb' });
    expect(p.send({ seq: 109, flags: FIN | ACK })).to.deep.equal(['A gap 4 lost', 'A "bbbb" #2', 'A fin']);
  });

  it('ends both directions on RST, giving up all holes', () => {
    const p = Playbook.open();
    p.send({ seq: 105, data: 'bbbb' });
    expect(p.send({ from: 'B', seq: 501, flags: RST })).to.deep.equal([
      'A gap 4 lost',
      'A "bbbb" #4',
      'B rst',
      'A rst',
    ]);
  });

  it('reports what the snap length cut, and goes on behind it', () => {
    const p = Playbook.open();
    expect(p.send({ seq: 101, data: 'abcdefgh', captured: 3 })).to.deep.equal(['A "abc" #4', 'A gap 5 cut']);
    expect(p.send({ seq: 109, data: 'ijkl', captured: 0 })).to.deep.equal(['A gap 4 cut']);
    expect(p.send({ seq: 117, data: 'uvwx', captured: 2 }), 'held').to.deep.equal([]);
    expect(p.send({ seq: 113, data: 'qrst', captured: 1 })).to.deep.equal([
      'A "q" #7',
      'A gap 3 cut',
      'A "uv" #6',
      'A gap 2 cut',
    ]);
    expect(p.send({ seq: 121, data: 'y' })).to.deep.equal(['A "y" #8']);
    expect(p.reassembler.counts.gaps).to.equal(0);
  });

  it('holds a piece of a segment of which nothing was captured', () => {
    const book = new Playbook();
    book.send({ seq: 1000, data: 'a' });
    book.send({ seq: 1050, data: 'b' });
    expect(() => book.send({ seq: 1002, data: 'x'.repeat(90), captured: 0 })).not.to.throw();
  });

  it('follows a jump far back to the sequence numbers of an unseen connection', () => {
    const p = new Playbook();
    p.send({ seq: 2_000_000_000, data: 'aaaa', ack: 1 });
    p.send({ seq: 2_000_000_010, data: 'held', ack: 1 });
    expect(p.send({ seq: 1_000_000_000, data: 'bbbb', ack: 1 })).to.deep.equal([
      'A gap 6 lost',
      'A "held" #2',
      'A gap 0 resync',
      'A "bbbb" #3',
    ]);
    expect(p.send({ seq: 1_000_000_004, data: 'cc', ack: 1 })).to.deep.equal(['A "cc" #4']);
  });

  it('begins again with a new connection on the same ports, dropping what the old one held', () => {
    const p = Playbook.open();
    p.send({ seq: 105, data: 'old' });
    expect(p.send({ seq: 900_000, flags: SYN })).to.deep.equal(['A start']);
    expect(p.reassembler.held).to.equal(0);
    expect(p.reassembler.counts.dropped).to.equal(1);
    expect(p.send({ seq: 900_001, data: 'new' })).to.deep.equal(['A "new" #6']);
  });

  it('restores any stream from any order of overlapping pieces, and loses nothing silently', () => {
    const text = Array.from({ length: 120 }, (_, i) => String.fromCharCode(33 + (i % 90))).join('');
    const piece = fc.tuple(fc.nat(119), fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.integer({ min: 0, max: 0xffffffff }),
        (pieces, isn) => {
          const p = new Playbook();
          p.send({ seq: isn, flags: SYN });
          const seen = new Array<boolean>(text.length).fill(false);
          const said: string[] = [];
          for (const [start, length] of pieces) {
            const data = text.slice(start, start + length);
            for (let i = 0; i < data.length; i++) seen[start + i] = true;
            said.push(...p.send({ seq: (isn + 1 + start) >>> 0, data }));
          }
          said.push(...p.flush());
          let restored = '';
          for (const line of said) {
            const gap = /^A gap (\d+) lost$/.exec(line);
            restored += gap === null ? /^A "(.*)" #\d+$/.exec(line)![1] : '\0'.repeat(Number(gap[1]));
          }
          const last = seen.lastIndexOf(true);
          const expected = [...text].map((c, i) => (seen[i] ? c : '\0')).slice(0, last + 1);
          expect(restored).to.equal(expected.join(''));
          expect(p.reassembler.held).to.equal(0);
        },
      ),
    );
  });
});
