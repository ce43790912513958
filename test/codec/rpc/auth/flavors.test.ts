import { expect } from 'chai';
import { AuthFlavor, flavorName } from '../../../../codec/rpc/auth/flavors.ts';

describe('codec/rpc/auth/flavors', () => {
  it('has a name for every flavor it has a number for', () => {
    for (const flavor of Object.values(AuthFlavor)) expect(flavorName(flavor)).to.be.a('string');
    expect(flavorName(1)).to.equal('AUTH_SYS');
    expect(flavorName(7)).to.equal('AUTH_TLS');
    expect(flavorName(390004)).to.equal('RPCSEC_GSS_KRB5I');
  });

  it('has none for others', () => {
    expect(flavorName(77)).to.equal(undefined);
  });
});
