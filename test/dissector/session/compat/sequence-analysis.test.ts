import { expect } from 'chai';
import type { Frame } from '../../../../dissector/network/frame.ts';
import { isBefore, SequenceAnalysis } from '../../../../dissector/session/compat/sequence-analysis.ts';

const MS = 1_000_000;

function run(
  ...segments: [dir: 0 | 1, seq: number, len: number, time: number, ack?: number][]
): SequenceAnalysis {
  const analysis = new SequenceAnalysis();
  for (const [dir, seq, wireLen, time, ack = 1] of segments) {
    analysis.segment({ dir, seq, ack, wireLen, tcpFlags: 16, window: 100 } as Frame, time * MS);
  }
  return analysis;
}

describe('dissector/session/compat/sequence-analysis', () => {
  it('compares across the wrap', () => {
    expect(isBefore(0xfffffff0, 5)).to.equal(true);
    expect(isBefore(5, 0xfffffff0)).to.equal(false);
  });

  it('counts from 1 when the SYN was not seen', () => {
    expect(run([0, 5000, 10, 0])).to.include({ seq: 1, nextSeq: 11, old: false, retransmission: false });
  });

  it('calls a late repeat a retransmission, and a prompt one not', () => {
    const sent = [
      [0, 1000, 100, 0],
      [0, 1100, 100, 1],
    ] as const;
    expect(run(...sent.map((s) => [...s] as [0, number, number, number]), [0, 1000, 100, 2])).to.include({
      old: true,
      retransmission: false,
    });
    expect(run(...sent.map((s) => [...s] as [0, number, number, number]), [0, 1000, 100, 9])).to.include({
      old: true,
      retransmission: true,
    });
  });

  it('calls a repeat of acknowledged bytes spurious', () => {
    expect(run([0, 1000, 100, 0], [1, 1, 0, 1, 1100], [0, 1000, 100, 50])).to.include({
      spurious: true,
      retransmission: false,
    });
  });

  it('does not call a segment old that brings something', () => {
    expect(run([0, 1000, 100, 0], [0, 1050, 100, 50])).to.include({ old: false, retransmission: true });
  });
});
