import { expect } from 'chai';
import { AuthFlavor } from '../../../../codec/rpc/auth/flavors.ts';
import { isStarttlsVerifier, isTlsProbe, starttlsVerifier } from '../../../../codec/rpc/auth/tls.ts';
import { encodeCall, newHeader, parseHeader } from '../../../../codec/rpc/message.ts';
import { hex } from '../../bytes.ts';

function probe(flavor: number, procedure: number, body = new Uint8Array(0)): boolean {
  const bytes = encodeCall({
    xid: 1,
    program: 100003,
    version: 4,
    procedure,
    credential: { flavor, body },
  });
  const h = newHeader();
  parseHeader(new DataView(bytes.buffer), 0, bytes.length, h);
  return isTlsProbe(h);
}

describe('codec/rpc/auth/tls', () => {
  it('knows the probe', () => {
    expect(probe(AuthFlavor.TLS, 0)).to.equal(true);
    expect(probe(AuthFlavor.TLS, 1)).to.equal(false);
    expect(probe(AuthFlavor.NONE, 0)).to.equal(false);
    expect(probe(AuthFlavor.TLS, 0, new Uint8Array(4))).to.equal(false);
    expect(isTlsProbe(newHeader())).to.equal(false);
  });

  it('knows the verifier that agrees, to the byte', () => {
    expect(starttlsVerifier()).to.deep.equal({ flavor: 0, body: hex('5354415254544c53') });
    expect(isStarttlsVerifier(starttlsVerifier())).to.equal(true);
    expect(isStarttlsVerifier({ flavor: 7, body: hex('5354415254544c53') })).to.equal(false);
    expect(isStarttlsVerifier({ flavor: 0, body: hex('5354415254544c') })).to.equal(false);
    expect(isStarttlsVerifier({ flavor: 0, body: hex('5354415254544c73') })).to.equal(false);
    expect(isStarttlsVerifier({ flavor: 0, body: new Uint8Array(0) })).to.equal(false);
  });

  it('gives away bytes of its own', () => {
    starttlsVerifier().body.fill(0);
    expect(isStarttlsVerifier(starttlsVerifier())).to.equal(true);
  });
});
