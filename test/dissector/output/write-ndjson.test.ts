import { expect } from 'chai';
import { ByteWriter, NdjsonWriter } from '../../../dissector/output/index.ts';
import { udpPacket } from '../network/build.ts';
import { explain, packetAt, TextSink } from '../tree/explain.ts';
import { call } from '../tree/messages.ts';

const packets = [
  udpPacket('10.0.0.1', 800, '10.0.0.2', 2049, call({ procedure: 0 })),
  udpPacket('10.0.0.1', 800, '10.0.0.2', 9, Buffer.from('x')),
];

describe('write ndjson', () => {
  it('prints one object a line with numbers as numbers', () => {
    const sink = new TextSink();
    const bytes = new ByteWriter(sink);
    const writer = new NdjsonWriter(bytes);
    explain(packets).forEach((frame, i) => {
      writer.frame(frame.roots, packetAt(packets[i] ?? Buffer.alloc(0), i + 1), frame.summary);
    });
    writer.end();
    const lines = sink.text.trimEnd().split('\n');
    expect(lines.length).to.equal(2);
    expect(lines[0]).to.contain('"time":1.001000000,');
    const [first, second] = lines.map((line) => JSON.parse(line));
    expect([first.number, first.protocol, first.info, first.length]).to.deep.equal([
      1,
      'NFS',
      'V3 NULL Call',
      82,
    ]);
    expect(first.layers.udp['udp.port']).to.deep.equal([800, 2049]);
    expect(first.layers.rpc['rpc.xid']).to.equal('0x00000001');
    expect(first.layers.rpc.Credentials['rpc.auth.flavor']).to.equal(0);
    expect(first.layers.ip['ip.flags_tree']['ip.flags.df']).to.equal(false);
    expect(first.layers.nfs['nfs.procedure_v3']).to.equal(0);
    expect(second.layers.data['data.data']).to.equal('78');
  });
});
