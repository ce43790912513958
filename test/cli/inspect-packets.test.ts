import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type PacketSettings, printPackets } from '../../cli/inspect-packets.ts';
import { MemoryOutput } from '../../cli/output.ts';
import { forEachPacket } from '../../dissector/capture/for-each-packet.ts';
import { Inspection } from '../../dissector/inspect.ts';
import { ByteWriter } from '../../dissector/output/index.ts';

const RPCBIND = fileURLToPath(new URL('../../captures/rpcbind-tcp-udp.pcap', import.meta.url));

const SETTINGS: PacketSettings = {
  file: 'a.pcap',
  format: 'text',
  fields: [],
  fieldsOptions: [],
  details: false,
  summary: true,
  hexdump: false,
  only: null,
  filterKeys: null,
  noDuplicateKeys: false,
};

/** What is printed of the packets that match. */
async function printed(filter: string, settings: Partial<PacketSettings>): Promise<string> {
  const inspection = new Inspection({ filter });
  const out = new MemoryOutput();
  const bytes = new ByteWriter({ write: (chunk) => out.writeBytes(chunk) });
  const end = printPackets(inspection, { ...SETTINGS, ...settings }, bytes);
  await forEachPacket(RPCBIND, (packet, capture) => inspection.packet(packet, capture));
  inspection.finish();
  end();
  return out.text;
}

const FIRST = 'frame.number == 1';

describe('cli/inspect-packets', () => {
  it('prints columns of fields', async () => {
    const text = await printed('frame.number <= 2', {
      format: 'fields',
      fields: ['frame.number', 'rpc.msgtyp'],
      fieldsOptions: ['separator=;'],
    });
    expect(text).to.equal('1;0\n2;1\n');
  });

  it('prints fields as objects in each shape that has them', async () => {
    const fields = ['frame.number', 'rpc.replystat', 'frame.number'];
    const json = await printed('frame.number <= 2', { format: 'json', fields });
    expect(JSON.parse(json).map((p: { _source: { layers: unknown } }) => p._source.layers)).to.deep.equal([
      { 'frame.number': ['1'] },
      { 'frame.number': ['2'], 'rpc.replystat': ['0'] },
    ]);
    expect(json).to.match(/^\[\n {2}\{\n {4}"_index": "packets-\d{4}-\d\d-\d\d",\n[\s\S]*\n {2}\}\n\]\n$/);
    expect(await printed('!frame', { format: 'json', fields })).to.equal('[]\n');
    expect(await printed(FIRST, { format: 'ndjson', fields })).to.equal('{"frame.number":["1"]}\n');
    expect(await printed(FIRST, { format: 'ek', fields })).to.match(
      /^\{"index":.*\n\{"timestamp":"\d+","layers":\{"frame_number":\["1"\]\}\}\n$/,
    );
    expect(await printed(FIRST, { format: 'pdml', fields })).to.contain(
      '  </proto>\n  <field name="frame.number" value="1"/>\n</packet>\n',
    );
  });

  it('prints packets in each shape', async () => {
    const shape = (format: PacketSettings['format'], more: Partial<PacketSettings> = {}) =>
      printed(FIRST, { format, ...more });
    expect(JSON.parse(await shape('json'))).to.have.length(1);
    expect(JSON.parse(await shape('json', { noDuplicateKeys: true }))).to.have.length(1);
    expect(await shape('jsonraw')).to.contain('"rpc.xid_raw": [');
    expect(await shape('jsonraw')).to.not.contain('"rpc.xid": ');
    expect(JSON.parse(await shape('ndjson'))).to.include({ number: 1, protocol: 'Portmap' });
    expect(await shape('ek')).to.contain('"rpc_rpc_xid":"0x');
    expect(await shape('pdml')).to.contain('<proto name="rpc" ');
    expect(await shape('psml')).to.contain('<section>Portmap</section>');
  });

  it('prints text as lines, trees and bytes', async () => {
    const text = (more: Partial<PacketSettings>) => printed(FIRST, more);
    expect(await text({})).to.match(/^ {4}1 .* Portmap .* Call\n$/);
    expect(await text({ details: true, summary: false })).to.match(/^Frame 1: /);
    expect(await text({ hexdump: true, summary: false })).to.match(/^0000 {2}[0-9a-f]{2} /);
    expect(await text({ hexdump: true })).to.match(/^ {4}1 .*\n\n0000 {2}[0-9a-f]{2} /);
    const only = await text({ details: true, summary: false, only: new Set(['rpc']) });
    expect(only).to.match(/\n {4}XID: /);
    expect(only).to.not.match(/\n {4}Source Port/);
  });
});
