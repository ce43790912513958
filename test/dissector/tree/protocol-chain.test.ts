import { expect } from 'chai';
import { PacketWalker } from '../../../dissector/tree/packet-walker.ts';
import { ProtocolChain } from '../../../dissector/tree/protocol-chain.ts';

describe('dissector/tree/protocol-chain', () => {
  const { registry } = new PacketWalker({ programs: [], tshark: false });
  const def = (name: string) => registry.find(name)!;

  it('names the headings in their order, without the frame and without fields', () => {
    const chain = new ProtocolChain();
    for (const name of ['frame', 'eth', 'ip', 'ip', 'rpc.xid', '_ws.malformed']) {
      const it = def(name);
      if (it.type === 'protocol') chain.openProtocol(it);
      else chain.field();
    }
    expect(chain.names).to.deep.equal(['eth', 'ip', 'ip', '_ws.malformed']);
    expect(chain.wants(def('rpc'))).to.equal(true);
    expect(chain.wants(def('rpc.xid'))).to.equal(false);
    chain.reset();
    expect(chain.names).to.deep.equal([]);
  });
});
