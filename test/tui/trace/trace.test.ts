import { expect } from 'chai';
import { KIND_MASK, REPLY, SUCCESS } from '../../../tui/trace/trace.ts';
import { captureFile, type Opened, open } from '../opened.ts';

describe('tui/trace/trace', () => {
  let opened: Opened;
  before(async () => {
    opened = await open(captureFile('nfs3-libnfs.pcap'));
  });
  after(() => opened.close());

  it('knows every packet, message and call', () => {
    const { trace } = opened.capture;
    expect(trace.length).to.equal(276);
    expect(trace.calls.length).to.equal(67);
    expect(trace.messages).to.equal(134);
  });

  it('joins call and reply both ways, with outcome and latency', () => {
    const { trace } = opened.capture;
    for (let i = 0; i < trace.calls.length; i++) {
      const call = trace.calls.get(i);
      const reply = trace.peer.get(call);
      expect(trace.messageBits.get(call) & (REPLY | KIND_MASK)).to.equal(0);
      expect(trace.messageBits.get(reply) & REPLY).to.equal(REPLY);
      expect(trace.peer.get(reply)).to.equal(call);
      expect(trace.xid.get(reply)).to.equal(trace.xid.get(call));
      expect(trace.outcome.get(reply)).to.equal(SUCCESS);
      expect(trace.latencyOf(call)).to.be.greaterThan(0);
    }
  });

  it('knows the packets of a conversation', () => {
    const { trace } = opened.capture;
    const row = 100;
    const rows = trace.rowsOf(trace.flow.get(row));
    expect(rows).to.include(row);
    expect(rows).to.deep.equal(rows.toSorted((a, b) => a - b));
    expect(rows.every((r) => trace.flow.get(r) === trace.flow.get(row))).to.equal(true);
    expect(trace.rowsOf(99_999)).to.deep.equal([]);
  });
});
