import { expect } from 'chai';
import { Registry } from '../../../dissector/tree/registry.ts';
import { rpcFields, tailDefs, tailFields } from '../../../dissector/tree/rpc-fields.ts';

describe('dissector/tree/rpc-fields', () => {
  const registry = new Registry();
  const f = rpcFields(registry.definer('rpc'));
  const tail = tailFields((protocol) => registry.definer(protocol));

  it("registers every field under tshark's name", () => {
    expect(registry.find('rpc')).to.equal(f.proto);
    for (const name of ['rpc.xid', 'rpc.msgtyp', 'rpc.state_accept', 'rpc.auth.flavor', 'rpc.fraglen']) {
      expect(registry.find(name)?.name, name).to.equal(name);
    }
  });

  it('names what a message may end in', () => {
    const names = tailDefs(tail).map(({ name }) => name);
    expect(names).to.include.members(['_ws.malformed', '_ws.short', 'data']);
    expect(new Set(names).size).to.equal(names.length);
    for (const def of tailDefs(tail)) expect(registry.find(def.name), def.name).to.equal(def);
  });
});
