import { expect } from 'chai';
import {
  ByteWriter,
  JsonGroupWriter,
  JsonSink,
  type JsonSinkOptions,
  JsonWriter,
} from '../../../dissector/output/index.ts';
import { udpPacket } from '../network/build.ts';
import { explain, packetAt, TextSink } from '../tree/explain.ts';
import { call } from '../tree/messages.ts';
import { replay } from './replay.ts';

const packet = udpPacket('10.0.0.1', 800, '10.0.0.2', 2049, call({ procedure: 0 }));
const VALUES: JsonSinkOptions = { filter: null, values: true, raw: false };

/** -T json of packets, each repeated key apart or grouped. */
function json(options = VALUES, packets: Buffer[] = [packet], grouped = false): string {
  const text = new TextSink();
  const bytes = new ByteWriter(text);
  const writer = new JsonWriter(bytes);
  const sink = new JsonSink(bytes, options);
  const groups = new JsonGroupWriter(bytes, options);
  writer.begin();
  explain(packets).forEach(({ roots }, i) => {
    writer.packet(packetAt(packets[i] ?? packet, i + 1), () => {
      if (grouped) groups.layers(roots);
      else replay(roots, sink);
    });
  });
  writer.end();
  return text.text;
}

/** The layers of the first packet. */
function layers(text: string): Record<string, unknown> {
  return JSON.parse(text)[0]._source.layers;
}

describe('write JSON', () => {
  it('lays packets out as tshark does', () => {
    const text = json(VALUES, [packet, packet]);
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

  it('filters protocols, with and without what is below', () => {
    const protocols = new Set(['rpc']);
    for (const grouped of [false, true]) {
      const filtered = (deep: boolean) =>
        layers(json({ ...VALUES, filter: { protocols, deep } }, [packet], grouped));
      const deep = filtered(true);
      expect(deep.ip).to.deep.equal({ filtered: 'ip' });
      expect((deep.rpc as Record<string, unknown>).Verifier).to.deep.equal({
        'rpc.auth.flavor': '0',
        'rpc.auth.length': '0',
      });
      const flat = filtered(false);
      expect((flat.rpc as Record<string, unknown>).Verifier).to.deep.equal({ filtered: 'Verifier' });
      expect((flat.rpc as Record<string, unknown>)['rpc.msgtyp']).to.equal('0');
    }
  });

  it('gives bytes, place, length, mask and type', () => {
    const raw = layers(json({ filter: null, values: false, raw: true }));
    const { rpc, ip } = raw as Record<string, Record<string, unknown>>;
    expect(rpc!['rpc.xid_raw']).to.deep.equal(['00000001', 42, 4, 0, 7]);
    expect(rpc).to.not.have.property('rpc.xid');
    expect((ip!['ip.flags_tree'] as Record<string, unknown>)['ip.flags.df_raw']).to.deep.equal([
      '0',
      20,
      1,
      0x40,
      2,
    ]);
    const both = layers(json({ filter: null, values: true, raw: true })).rpc as Record<string, unknown>;
    expect(both).to.include.keys('rpc.xid', 'rpc.xid_raw');
  });

  it('is JSON without a packet', () => {
    expect(json(VALUES, [])).to.equal('[]\n');
  });
});

describe('write JSON, keys grouped', () => {
  it('makes arrays of repeated keys', () => {
    const text = json(VALUES, [packet], true);
    expect((layers(text).udp as Record<string, unknown>)['udp.port']).to.deep.equal(['800', '2049']);
    expect(text).to.contain('"udp.port": [\n            "800",\n            "2049"\n          ]');
  });

  it('says otherwise what the other says', () => {
    for (const options of [VALUES, { filter: null, values: false, raw: true }]) {
      // the parser keeps the last of equal keys, so compare a packet in which a layer has none
      expect(layers(json(options, [packet], true)).rpc).to.deep.equal(layers(json(options)).rpc);
    }
  });
});
