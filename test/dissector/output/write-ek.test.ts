import { expect } from 'chai';
import { ByteWriter, EkWriter, ekName } from '../../../dissector/output/index.ts';
import { udpPacket } from '../network/build.ts';
import { explain, packetAt, TextSink } from '../tree/explain.ts';
import { call } from '../tree/messages.ts';

const packet = udpPacket('10.0.0.1', 800, '10.0.0.2', 2049, call({ procedure: 0 }));

function ek(options = {}): { lines: string[]; layers: Record<string, Record<string, unknown>> } {
  const out = new TextSink();
  const writer = new ByteWriter(out);
  const sink = new EkWriter(writer, { filter: null, raw: false, ...options });
  for (const { roots } of explain([packet])) sink.frame(roots, { ...packetAt(packet, 1), nsec: 7_654_321 });
  sink.end();
  const lines = out.text.split('\n');
  return { lines, layers: JSON.parse(lines[1]!).layers };
}

describe('write ek', () => {
  it('has an index line and a document with milliseconds', () => {
    const { lines } = ek();
    expect(lines[0]).to.equal('{"index":{"_index":"packets-1970-01-01","_type":"doc"}}');
    expect(lines[1]).to.match(/^\{"timestamp":"1007","layers":\{"frame":\{/);
    expect(lines.slice(2)).to.deep.equal(['']);
  });

  it('flattens a protocol, and joins what has one name below parents of one name', () => {
    const { rpc, udp, ip } = ek().layers;
    expect(rpc).to.deep.include({
      text: ['Credentials', 'Verifier'],
      rpc_rpc_auth_flavor: ['0', '0'],
      rpc_rpc_xid: '0x00000001',
    });
    expect(udp!.udp_udp_port).to.deep.equal(['800', '2049']);
    expect(ip!.ip_ip_flags_df).to.equal(false);
  });

  it('adds bytes, and filters every name', () => {
    expect(ek({ raw: true }).layers.rpc!.rpc_rpc_xid_raw).to.equal('00000001');
    const flat = ek({ filter: { protocols: new Set(['rpc']), deep: false } }).layers;
    expect(flat.ip).to.deep.equal({ filtered: 'ip' });
    expect(flat.rpc!.rpc_rpc_xid).to.deep.equal({ filtered: 'rpc.xid' });
    expect(ek({ filter: { protocols: new Set(['rpc']), deep: true } }).layers.rpc!.rpc_rpc_msgtyp).to.equal(
      '0',
    );
  });

  it('has no dots in names', () => {
    expect(ekName('_ws.col.Info')).to.equal('_ws_col_Info');
  });
});
