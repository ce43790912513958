import { expect } from 'chai';
import { Kind, oncRpc } from '../../transport/dialect.ts';

describe('dialect', () => {
  it('is ONC RPC by the kinds of this interface', () => {
    const incoming = oncRpc.newIncoming();
    const call = oncRpc.encodeCall({ xid: 1, program: 2, version: 3, procedure: 4 }, new Uint8Array(0));
    expect(oncRpc.classify(call, incoming).kind).to.equal(Kind.CALL);
    expect(oncRpc.classify(oncRpc.encodeReply(1, new Uint8Array(0)), incoming).kind).to.equal(Kind.REPLY);
    expect(oncRpc.classify(new Uint8Array(3), incoming).kind).to.equal(Kind.DROP);
    expect(oncRpc.name).to.equal('oncrpc');
  });
});
