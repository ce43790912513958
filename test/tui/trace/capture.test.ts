import { expect } from 'chai';
import { captureFile, type Opened, open } from '../opened.ts';

describe('tui/trace/capture', () => {
  let opened: Opened;
  before(async () => {
    opened = await open(captureFile('ledger-udp.pcap'));
  });
  after(() => opened.close());

  it('makes a call of its two messages, as --calls does', () => {
    const { capture } = opened;
    const t = capture.transaction(capture.trace.calls.get(0));
    expect(t.call).to.equal(1);
    expect(t.reply).to.be.greaterThan(1);
    expect(t.verdict).to.equal('SUCCESS');
    expect(t.client).to.match(/^127\.0\.0\.1:\d+$/);
  });

  it('keeps the bytes of a packet apart from those put together from several', () => {
    const { capture } = opened;
    const joined = Array.from({ length: capture.trace.length }, (_, row) => capture.detail(row)).find(
      ({ sources }) => sources.length > 1,
    );
    expect(joined?.sources.map((s) => s.name)).to.deep.equal(['Packet', 'Reassembled IPv4']);
    expect(joined!.sources[1]!.len).to.be.greaterThan(joined!.sources[0]!.len);
  });

  it('gives the same detail again as the same object, and lines from memory', () => {
    const { capture } = opened;
    const answered = capture.trace.messageRow.get(capture.trace.calls.get(0));
    expect(capture.detail(answered)).to.equal(capture.detail(answered));
    capture.summary(answered);
    expect(capture.hasSummary(answered)).to.equal(true);
    capture.forgetLines();
    expect(capture.hasSummary(answered)).to.equal(false);
  });
});
