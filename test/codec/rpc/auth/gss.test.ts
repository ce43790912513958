import { expect } from 'chai';
import fc from 'fast-check';
import {
  GssProcedure,
  GssService,
  gssControl,
  gssCredential,
  gssFlavor,
  gssIntegrityBody,
  gssMechanism,
  gssPrivacyBody,
  gssSealsBody,
  locateGssBody,
  newGssBody,
} from '../../../../codec/rpc/auth/gss.ts';
import { decode, encode } from '../../../../codec/xdr/index.ts';
import { hex } from '../../bytes.ts';

function locate(bytes: Uint8Array, service: number, end = bytes.length) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return locateGssBody(view, 0, end, service, newGssBody());
}

describe('codec/rpc/auth/gss', () => {
  const credential = hex(`
    00 00 00 01               # version
    00 00 00 00               # DATA
    00 00 00 07               # seq_num
    00 00 00 02               # integrity
    00 00 00 04 ca fe ba be   # handle
  `);

  it('reads and writes the credential of versions 1 to 3', () => {
    for (const version of [1, 2, 3] as const) {
      const bytes = credential.slice();
      bytes[3] = version;
      const value = { version, body: { gss_proc: 0, seq_num: 7, service: 2, handle: hex('cafebabe') } };
      expect(decode(gssCredential, bytes)).to.deep.equal(value);
      expect(encode(gssCredential, value)).to.deep.equal(bytes);
    }
  });

  it('refuses other versions', () => {
    const bytes = credential.slice();
    bytes[3] = 4;
    expect(() => decode(gssCredential, bytes))
      .to.throw()
      .that.includes({ code: 'BAD_UNION' });
  });

  it('reads the set-up messages', () => {
    const init = gssControl(GssProcedure.INIT)!;
    expect(decode(init.argument, hex('00000001 60000000'))).to.deep.equal({ gss_token: hex('60') });
    const result = hex(`
      00 00 00 01 ab 00 00 00   # handle
      00 00 00 00 00 00 00 00   # gss_major, gss_minor
      00 00 00 80               # seq_window
      00 00 00 02 60 80 00 00   # gss_token
    `);
    expect(decode(init.result, result)).to.deep.equal({
      handle: hex('ab'),
      gss_major: 0,
      gss_minor: 0,
      seq_window: 128,
      gss_token: hex('6080'),
    });
  });

  it('reads what version 3 widens a context with', () => {
    const create = gssControl(GssProcedure.CREATE)!;
    const args = hex(`
      00 00 00 00                                  # auth: none
      00 00 00 00                                  # mic: none
      00 00 00 01                                  # one assertion
      00 00 00 00                                  #   a label
      00 00 00 01 00 00 00 02                      #     lfs
      00 00 00 03 73 65 63 00                      #     "sec"
    `);
    expect(decode(create.argument, args)).to.deep.equal({
      auth: [],
      mic: [],
      assertions: [{ type: 0, label: { lfs: { lfs_id: 1, pi_id: 2 }, label: hex('736563') } }],
    });
    expect(gssControl(GssProcedure.LIST)?.name).to.equal('RPCSEC_GSS_LIST');
    expect(gssControl(GssProcedure.DATA)).to.equal(undefined);
    expect(gssControl(7)).to.equal(undefined);
  });

  it('knows whose bodies are protected, DESTROY by whether there is one', () => {
    const sealed = (length: number) =>
      Object.values(GssProcedure).filter((procedure) => gssSealsBody(procedure, length));
    const { DATA, DESTROY, CREATE, LIST } = GssProcedure;
    expect(sealed(40)).to.deep.equal([DATA, DESTROY, CREATE, LIST]);
    expect(sealed(0)).to.deep.equal([DATA, CREATE, LIST]);
  });

  it('names the mechanism of a token, and the flavor it makes with a service', () => {
    const mechanism = (token: string) => {
      const bytes = Uint8Array.from(Buffer.from(`ff${token}ff`, 'hex'));
      return gssMechanism(bytes.subarray(1), 0, token.length / 2);
    };
    expect(mechanism('6082010006092a864886f7120102020100')).to.equal('krb5');
    expect(mechanism('602006062b0601050502a0163014a00d300b06092a864882f712010202')).to.equal('krb5');
    expect(mechanism('600906072b060105050103')).to.equal('spkm3');
    expect(mechanism('602006062b0601050502a0163014a00d300b')).to.equal(null);
    expect(mechanism('600906072b060105050199')).to.equal(null);
    for (const cut of ['', '60', '60ff', '61030601']) expect(mechanism(cut)).to.equal(null);
    expect([1, 2, 3, 9].map((service) => gssFlavor('krb5', service))).to.deep.equal([
      'krb5',
      'krb5i',
      'krb5p',
      null,
    ]);
    expect([1, 2].map((service) => gssFlavor('lipkey-', service))).to.deep.equal(['lipkey', 'lipkey-i']);
  });

  const integrity = hex(`
    00 00 00 0a                      # data body: 10 bytes
    00 00 00 07                      #   seq_num
    11 22 33 44 55 66 00 00          #   arguments (6 bytes here), padding
    00 00 00 03 99 88 77 00          # checksum
  `);

  it('finds arguments behind service integrity', () => {
    expect(locate(integrity, GssService.INTEGRITY)).to.deep.equal({
      complete: true,
      dataOff: 4,
      dataLen: 10,
      seqNum: 7,
      argsOff: 8,
      argsEnd: 14,
      checksumOff: 20,
      checksumLen: 3,
    });
    const { databody_integ, checksum } = decode(gssIntegrityBody, integrity) as Record<string, Uint8Array>;
    expect(databody_integ).to.deep.equal(integrity.slice(4, 14));
    expect(checksum).to.deep.equal(hex('998877'));
  });

  it('finds the token of service privacy, and all of the body without a service', () => {
    const privacy = hex('00000003 aabbcc00');
    expect(locate(privacy, GssService.PRIVACY)).to.include({
      complete: true,
      dataOff: 4,
      dataLen: 3,
      argsOff: -1,
    });
    expect(decode(gssPrivacyBody, privacy)).to.deep.equal({ databody_priv: hex('aabbcc') });
    for (const service of [GssService.NONE, GssService.CHANNEL_PROT, 77]) {
      expect(locate(privacy, service)).to.include({ complete: true, argsOff: 0, argsEnd: 8, dataOff: -1 });
    }
  });

  it('goes as far as the bytes, and never beyond', () => {
    for (let end = 0; end < integrity.length; end++) {
      const body = locate(integrity, GssService.INTEGRITY, end);
      expect(body.complete, `${end}`).to.equal(false);
      expect(body.argsEnd).to.be.at.most(end);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), fc.constantFrom(2, 3), (bytes, service) => {
        const body = locate(bytes, service);
        expect(body.argsEnd).to.be.at.most(bytes.length);
        if (body.argsOff !== -1) expect(body.argsOff).to.be.at.most(body.argsEnd);
      }),
    );
    expect(locate(hex('ffffffff 00000001 00000000'), GssService.INTEGRITY)).to.include({
      complete: false,
      argsOff: 8,
      argsEnd: 12,
    });
  });
});
