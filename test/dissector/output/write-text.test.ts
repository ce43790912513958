import { expect } from 'chai';
import {
  ByteWriter,
  DetailWriter,
  HexWriter,
  SummaryWriter,
  summaryLine,
} from '../../../dissector/output/index.ts';
import type { ByteSource } from '../../../dissector/tree/tree-builder.ts';
import { udpPacket } from '../network/build.ts';
import { explain, packetAt, TextSink } from '../tree/explain.ts';

const packet = udpPacket('10.0.0.1', 7, '10.0.0.2', 8, Buffer.from('hi'));

function detail(options: { hex: boolean; only: ReadonlySet<string> | null }): string {
  const sink = new TextSink();
  const bytes = new ByteWriter(sink);
  new DetailWriter(bytes, options).frame(explain([packet])[0]?.roots ?? []);
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

  it('prints a line a packet', () => {
    const sink = new TextSink();
    const bytes = new ByteWriter(sink);
    for (const frame of explain([packet])) new SummaryWriter(bytes).frame(frame.summary);
    bytes.flush();
    expect(sink.text).to.match(/^ {4}1 .* UDP 44 7 → 8 Len=2\n$/);
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
    expect(detail({ hex: false, only: new Set(['udp']) })).not.to.contain('0000  68 69');
    expect(hex.endsWith('Data (2 bytes)\n    Data: 6869\n    [Length: 2]\n\n')).to.equal(true);
  });

  it('dumps packets, and byte runs put together from several', () => {
    const dump = (sources: readonly ByteSource[]): string => {
      const sink = new TextSink();
      const bytes = new ByteWriter(sink);
      new HexWriter(bytes).frame(packetAt(packet, 1), sources);
      bytes.flush();
      return sink.text;
    };
    expect(dump([])).to.match(
      /^0000 {2}02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00 {3}\.{14}E\.\n[\s\S]*\n\n$/,
    );
    const whole = dump([{ buf: Buffer.from('abc'), off: 1, len: 2, name: 'Reassembled TCP' }]);
    expect(whole).to.match(/^Frame \(44 bytes\):\n0000/);
    expect(whole).to.match(/\nReassembled TCP \(2 bytes\):\n0000 {2}62 63 {45}bc\n\n$/);
  });
});
