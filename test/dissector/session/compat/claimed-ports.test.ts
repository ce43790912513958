import { expect } from 'chai';
import { CLAIMED_TCP_PORTS, CLAIMED_UDP_PORTS } from '../../../../dissector/session/compat/claimed-ports.ts';

describe('dissector/session/compat/claimed-ports', () => {
  it('has well-known ports of other protocols, and none of RPC', () => {
    for (const port of [22, 80, 443, 4002, 6031])
      expect(CLAIMED_TCP_PORTS.has(port), `tcp ${port}`).to.equal(true);
    for (const port of [53, 67, 123]) expect(CLAIMED_UDP_PORTS.has(port), `udp ${port}`).to.equal(true);
    for (const port of [111, 2049, 20048]) {
      expect(CLAIMED_TCP_PORTS.has(port) || CLAIMED_UDP_PORTS.has(port), `${port}`).to.equal(false);
    }
  });
});
