import { expect } from 'chai';
import { gssapiCredential, gssapiInitArgs, gssapiInitResult } from '../../../../codec/rpc/auth/gssapi.ts';
import { decode, encode } from '../../../../codec/xdr/index.ts';
import { hex } from '../../bytes.ts';

describe('codec/rpc/auth/gssapi', () => {
  it('reads and writes the credential', () => {
    const bytes = hex(`
      00 00 00 03               # version
      00 00 00 01               # auth_msg
      00 00 00 01 ab 00 00 00   # client_handle
    `);
    const value = { version: 3, auth_msg: true, client_handle: hex('ab') };
    expect(decode(gssapiCredential, bytes)).to.deep.equal(value);
    expect(encode(gssapiCredential, value)).to.deep.equal(bytes);
  });

  it('reads and writes the messages that set a context up', () => {
    const args = hex('00000003 00000002 60800000');
    expect(decode(gssapiInitArgs, args)).to.deep.equal({ version: 3, token: hex('6080') });
    const result = hex(`
      00 00 00 03               # version
      00 00 00 01 ab 00 00 00   # client_handle
      00 00 00 00 00 00 00 01   # gss_major, gss_minor
      00 00 00 00               # token
      00 00 00 04 01 02 03 04   # signed_isn
    `);
    const value = {
      version: 3,
      client_handle: hex('ab'),
      gss_major: 0,
      gss_minor: 1,
      token: new Uint8Array(0),
      signed_isn: hex('01020304'),
    };
    expect(decode(gssapiInitResult, result)).to.deep.equal(value);
    expect(encode(gssapiInitResult, value)).to.deep.equal(result);
  });
});
