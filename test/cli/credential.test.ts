import { expect } from 'chai';
import { credentialFor } from '../../cli/credential.ts';
import { AuthFlavor, sysCredential } from '../../codec/rpc/index.ts';
import { codecOf } from '../../codec/xdr/index.ts';

describe('cli/credential', () => {
  it('is none, or says who runs the command', () => {
    expect(credentialFor('none')).to.equal(undefined);
    const made = credentialFor('sys');
    expect(made?.flavor).to.equal(AuthFlavor.SYS);
    expect(made?.body.length).to.be.at.most(400);
    expect(codecOf(sysCredential).decode(made!.body)).to.include({
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
    });
  });
});
