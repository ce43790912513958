import { expect } from 'chai';
import { PacketWalker, TreeBuilder } from '../../../dissector/tree/index.ts';
import { udpPacket } from '../network/build.ts';
import { eachFrame, explain, fields } from './explain.ts';
import { call } from './messages.ts';

const rpc = udpPacket('10.0.0.1', 800, '10.0.0.2', 2049, call({ procedure: 0 }));
const plain = udpPacket('10.0.0.1', 800, '10.0.0.2', 9, Buffer.from('x'));

describe('packet walker', () => {
  it('knows all 82 RPC fields of tshark, one of its own, and the columns', () => {
    const { registry } = new PacketWalker();
    expect(registry.all().filter((def) => def.name.startsWith('rpc.')).length).to.equal(83);
    for (const name of ['No.', 'Time', 'Source', 'Destination', 'Protocol', 'Length', 'Info']) {
      expect(registry.has(`_ws.col.${name}`), name).to.equal(true);
    }
    expect(registry.has('rpc.nothing')).to.equal(false);
  });

  it('gives columns as fields', () => {
    const names = ['_ws.col.No.', '_ws.col.Time', '_ws.col.Source', '_ws.col.Protocol', '_ws.col.Info'];
    expect(fields([plain, rpc], names)).to.deep.equal([
      '1\t0.000000\t10.0.0.1\tUDP\t800 → 9 Len=1',
      '2\t0.001000\t10.0.0.1\tNFS\tV3 NULL Call',
    ]);
  });

  it('names the protocols of a frame', () => {
    expect(fields([plain, rpc], ['frame.protocols'])).to.deep.equal([
      'eth:ethertype:ip:udp:data',
      'eth:ethertype:ip:udp:rpc',
    ]);
  });

  it('puts layers in wire order', () => {
    const [first] = explain([rpc]);
    expect(first?.roots.map((n) => n.def?.name)).to.deep.equal(['frame', 'eth', 'ip', 'udp', 'rpc', 'nfs']);
  });

  it('walks only for sinks that were attached', () => {
    const walker = new PacketWalker();
    const tree = new TreeBuilder();
    eachFrame([rpc], walker, (frame, list) => walker.walk(frame, list, tree));
    expect(tree.roots).to.deep.equal([]);
  });
});
