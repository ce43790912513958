import { expect } from 'chai';
import { ByteWriter, PdmlWriter } from '../../../dissector/output/index.ts';
import { udpPacket } from '../network/build.ts';
import { explain, packetAt, TextSink } from '../tree/explain.ts';
import { call } from '../tree/messages.ts';

const rpc = udpPacket('10.0.0.1', 800, '10.0.0.2', 2049, call({ procedure: 0 }));
const data = udpPacket('10.0.0.1', 7, '10.0.0.2', 8, Buffer.from('hi'));

function pdml(packet: Buffer, protocols?: readonly string[]): string {
  const out = new TextSink();
  const writer = new ByteWriter(out);
  const filter = protocols === undefined ? null : { protocols: new Set(protocols), deep: false };
  const sink = new PdmlWriter(writer, { filter, file: `a'b".pcap`, time: new Date(2026, 10, 2, 3, 4, 5) });
  sink.begin();
  for (const { roots } of explain([packet])) sink.frame(roots, packetAt(packet, 1));
  sink.end();
  return out.text;
}

describe('write pdml', () => {
  it('has a document around its packets', () => {
    const text = pdml(rpc);
    expect(text).to.match(/^<\?xml version="1.0" encoding="utf-8"\?>\n<\?xml-stylesheet /);
    expect(text).to.contain(
      'time="Mon Nov  2 03:04:05 2026" capture_file="a&#x27;b&quot;.pcap">\n<packet>\n',
    );
    expect(text.endsWith('  </proto>\n</packet>\n\n\n</pdml>\n')).to.equal(true);
  });

  it('places fields, with what the wire has and what it means', () => {
    const text = pdml(rpc);
    expect(text).to.contain(
      '    <field name="rpc.xid" showname="XID: 0x00000001 (1)" size="4" pos="42" show="0x00000001" value="00000001"/>\n',
    );
    expect(text).to.contain(
      '<proto name="rpc" showname="Remote Procedure Call, Type:Call XID:0x00000001" size="40" pos="42">',
    );
    expect(text).to.match(
      /name="ip.flags.df" showname="[^"]*" size="1" pos="20" show="0" value="0" unmaskedvalue="00"/,
    );
    expect(text).to.match(/name="udp.port" showname="[^"]*" hide="yes" size="2" pos="34"/);
    expect(text).to.contain('<field name="" show="Timestamps" size="0" pos="34">');
    expect(text).to.contain('showname="Stream index: 0"');
  });

  it('wraps bytes that nobody decodes', () => {
    expect(pdml(data)).to.match(
      / {2}<proto name="fake-field-wrapper">\n {4}<field name="data" value="6869">\n {6}<field name="data.data" .*\n.*\n {2}<\/field>\n {2}<\/proto>\n/,
    );
  });

  it('filters protocols and what is below them', () => {
    const text = pdml(rpc, ['rpc']);
    expect(text).to.match(/<proto name="ip" .*\n {4}<field name="filtered" value="ip" \/>\n {2}<\/proto>/);
    expect(text).to.match(/show="Verifier".*\n {6}<field name="filtered" value="text" \/>\n/);
  });
});
