import { expect } from 'chai';
import { ByteWriter, DetailWriter, SummaryWriter, summaryLine } from '../../../dissector/output/index.ts';
import { udpPacket } from '../network/build.ts';
import { explain, packetAt, TextSink } from '../tree/explain.ts';

const packet = udpPacket('10.0.0.1', 7, '10.0.0.2', 8, Buffer.from('hi'));

function detail(options: { hex: boolean; only: ReadonlySet<string> | null }): string {
  const sink = new TextSink();
  const bytes = new ByteWriter(sink);
  new DetailWriter(bytes, options).frame(explain([packet])[0]?.roots ?? [], packetAt(packet, 1));
  bytes.flush();
  return sink.text;
}

describe('write text', () => {
  it('lines columns up as tshark does', () => {
    const base = {
      number: 1,
      time: '0.000000',
      source: '127.0.0.1',
      destination: '127.0.0.1',
      protocol: 'TCP',
      length: 74,
      info: '612 → 111 [SYN]',
    };
    expect(summaryLine(base)).to.equal('    1   0.000000    127.0.0.1 → 127.0.0.1    TCP 74 612 → 111 [SYN]');
    expect(summaryLine({ ...base, number: 123456, source: 'fd00::1234:5678:9abc' })).to.equal(
      '123456   0.000000 fd00::1234:5678:9abc → 127.0.0.1    TCP 74 612 → 111 [SYN]',
    );
    expect(summaryLine({ ...base, info: '\x1b[2Jx' })).to.contain('\\033[2Jx');
  });

  it('dumps bytes after a line', () => {
    const sink = new TextSink();
    const bytes = new ByteWriter(sink);
    const [frame] = explain([packet]);
    if (frame !== undefined) new SummaryWriter(bytes, true).frame(frame.summary, packetAt(packet, 1));
    bytes.flush();
    const lines = sink.text.split('\n');
    expect(lines[1]).to.equal('');
    expect(lines[2]).to.equal('0000  02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00   ..............E.');
    expect(lines.slice(-2)).to.deep.equal(['', '']);
  });

  it('opens only the protocols asked for', () => {
    const lines = detail({ hex: false, only: new Set(['udp']) }).split('\n');
    expect(
      lines.filter((line) => line.startsWith('    ')).every((line) => !line.includes('Version')),
    ).to.equal(true);
    expect(lines).to.include('    Source Port: 7');
    expect(lines).to.include('Internet Protocol Version 4, Src: 10.0.0.1, Dst: 10.0.0.2');
  });

  it('dumps data in the tree unless the whole packet is dumped', () => {
    expect(detail({ hex: false, only: null })).to.contain('Data (2 bytes)\n\n0000  68 69  ');
    const hex = detail({ hex: true, only: null });
    expect(hex).to.contain('Data (2 bytes)\n    Data: 6869\n    [Length: 2]\n\n0000  02 00');
  });

  it('shows byte runs put together from several packets', () => {
    const sink = new TextSink();
    const bytes = new ByteWriter(sink);
    const whole = Buffer.from('abc');
    new DetailWriter(bytes, { hex: true, only: null }).frame([], packetAt(packet, 1), [
      { buf: whole, off: 1, len: 2, name: 'Reassembled TCP' },
    ]);
    bytes.flush();
    expect(sink.text).to.contain('\nFrame (44 bytes):\n0000');
    expect(sink.text).to.match(/\nReassembled TCP \(2 bytes\):\n0000 {2}62 63 {45}bc\n\n$/);
  });
});
