import { expect } from 'chai';
import { ByteWriter, type JsonOptions, JsonWriter } from '../../../dissector/output/index.ts';
import { udpPacket } from '../network/build.ts';
import { explain, packetAt, TextSink } from '../tree/explain.ts';
import { call } from '../tree/messages.ts';

const packet = udpPacket('10.0.0.1', 800, '10.0.0.2', 2049, call({ procedure: 0 }));

function json(options?: JsonOptions, packets: Buffer[] = [packet]): string {
  const sink = new TextSink();
  const bytes = new ByteWriter(sink);
  const writer = new JsonWriter(bytes, options);
  writer.begin();
  explain(packets).forEach((frame, i) => {
    writer.frame(frame.roots, packetAt(packets[i] ?? packet, i + 1));
  });
  writer.end();
  return sink.text;
}

/** The layers of the first packet. */
function layers(text: string): Record<string, unknown> {
  return JSON.parse(text)[0]._source.layers;
}

describe('write JSON', () => {
  it('lays packets out as tshark does', () => {
    const text = json(undefined, [packet, packet]);
    expect(
      text.startsWith(
        '[\n  {\n    "_index": "packets-1970-01-01",\n    "_type": "doc",\n    "_score": null,\n    "_source": {\n      "layers": {\n        "frame": {\n          "frame.encap_type": "1",\n',
      ),
    ).to.equal(true);
    expect(text).to.contain('\n      }\n    }\n  },\n  {\n    "_index"');
    expect(text.endsWith('\n      }\n    }\n  }\n]\n')).to.equal(true);
    expect(text).to.contain('          "udp.port": "800",\n          "udp.port": "2049",\n');
  });

  it('puts children beside a value and below a text', () => {
    const found = layers(json()) as {
      rpc: Record<string, unknown>;
      ip: Record<string, unknown>;
      nfs: unknown;
    };
    expect(found.rpc.Credentials).to.deep.equal({ 'rpc.auth.flavor': '0', 'rpc.auth.length': '0' });
    expect(found.rpc['rpc.xid']).to.equal('0x00000001');
    expect(found.ip['ip.dsfield_tree']).to.deep.equal({ 'ip.dsfield.dscp': '0', 'ip.dsfield.ecn': '0' });
    expect(found.nfs).to.deep.equal({ 'rpc.programversion': '3', 'nfs.procedure_v3': '0' });
  });

  it('makes arrays of repeated keys when told to', () => {
    const text = json({ noDuplicateKeys: true, filter: null });
    expect((layers(text).udp as Record<string, unknown>)['udp.port']).to.deep.equal(['800', '2049']);
    expect(text).to.contain('"udp.port": [\n            "800",\n            "2049"\n          ]');
  });

  it('filters protocols, with and without what is below', () => {
    const protocols = new Set(['rpc']);
    const deep = layers(json({ noDuplicateKeys: false, filter: { protocols, deep: true } }));
    expect(deep.ip).to.deep.equal({ filtered: 'ip' });
    expect((deep.rpc as Record<string, unknown>).Verifier).to.deep.equal({
      'rpc.auth.flavor': '0',
      'rpc.auth.length': '0',
    });
    const flat = layers(json({ noDuplicateKeys: false, filter: { protocols, deep: false } }));
    expect((flat.rpc as Record<string, unknown>).Verifier).to.deep.equal({ filtered: 'Verifier' });
    expect((flat.rpc as Record<string, unknown>)['rpc.msgtyp']).to.equal('0');
  });

  it('is JSON without a packet', () => {
    expect(JSON.parse(json(undefined, []))).to.deep.equal([]);
  });
});
