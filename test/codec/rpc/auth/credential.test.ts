import { expect } from 'chai';
import {
  credentialType,
  decodeCredential,
  encodeCredential,
  verifierType,
} from '../../../../codec/rpc/auth/credential.ts';
import { desCallVerifier, desReplyVerifier } from '../../../../codec/rpc/auth/des.ts';
import { AuthFlavor } from '../../../../codec/rpc/auth/flavors.ts';
import { isXdrError } from '../../../../codec/xdr/index.ts';
import { hex } from '../../bytes.ts';

describe('codec/rpc/auth/credential', () => {
  const sys = { stamp: 1, machinename: 'h', uid: 2, gid: 3, gids: [4] };

  it('goes by the flavor', () => {
    const credential = encodeCredential(AuthFlavor.SYS, sys);
    expect(credential.flavor).to.equal(1);
    expect(decodeCredential(credential)).to.deep.equal(sys);
    expect(decodeCredential({ flavor: 3, body: hex('00000001 0000abcd') })).to.deep.equal({
      namekind: 1,
      nickname: 0xabcd,
    });
  });

  it('knows every flavor with a shape, and says when there is none', () => {
    for (const flavor of [1, 3, 5, 6, 300001, 390039, 390040])
      expect(credentialType(flavor)).not.to.equal(null);
    for (const flavor of [0, 2, 7, 77]) {
      expect(credentialType(flavor)).to.equal(null);
      expect(decodeCredential({ flavor, body: hex('01') })).to.equal(undefined);
      expect(() => encodeCredential(flavor, {})).to.throw(TypeError);
    }
  });

  it('has a verifier type for AUTH_DES only', () => {
    expect(verifierType(3, 'call')).to.equal(desCallVerifier);
    expect(verifierType(3, 'reply')).to.equal(desReplyVerifier);
    expect(verifierType(6, 'call')).to.equal(null);
  });

  it('is strict about what follows, but for the fixed array of old Gluster', () => {
    const { body } = encodeCredential(AuthFlavor.SYS, sys);
    const longer = Uint8Array.from([...body, 0, 0, 0, 0]);
    expect(() => decodeCredential({ flavor: 1, body: longer }))
      .to.throw()
      .that.satisfies(isXdrError);
    expect(decodeCredential({ flavor: 1, body: longer }, { allowTrailing: true })).to.deep.equal(sys);
    const gluster = hex(`0000000000000009 00000001 00000002 00000003 00000001 00000004 ${'00'.repeat(60)}`);
    expect(decodeCredential({ flavor: 5, body: gluster })).to.deep.include({ pid: 1, gids: [4] });
  });

  it('refuses every prefix', () => {
    const { body } = encodeCredential(AuthFlavor.SYS, sys);
    for (let n = 0; n < body.length; n++) {
      expect(() => decodeCredential({ flavor: 1, body: body.subarray(0, n) }))
        .to.throw()
        .that.satisfies(isXdrError);
    }
  });
});
