import { expect } from 'chai';
import { desCallVerifier, desCredential, desReplyVerifier } from '../../../../codec/rpc/auth/des.ts';
import { decode, encode } from '../../../../codec/xdr/index.ts';
import { hex } from '../../bytes.ts';

describe('codec/rpc/auth/des', () => {
  const cases = [
    {
      name: 'a full name',
      type: desCredential,
      bytes: hex(`
        00 00 00 00                # ADN_FULLNAME
        00 00 00 06 75 40 64 2e 6f 72 00 00   # netname 'u@d.or'
        01 02 03 04 05 06 07 08    # conversation key
        00 00 00 3c                # window
      `),
      value: {
        namekind: 0,
        fullname: { netname: 'u@d.or', convkey: 0x0102030405060708n, window: 60 },
      },
    },
    {
      name: 'a nickname',
      type: desCredential,
      bytes: hex('00000001 0000abcd'),
      value: { namekind: 1, nickname: 0xabcd },
    },
    {
      name: "a call's verifier",
      type: desCallVerifier,
      bytes: hex('ffeeddccbbaa9988 00000001'),
      value: { timestamp: 0xffeeddccbbaa9988n, windowverf: 1 },
    },
    {
      name: "a reply's verifier",
      type: desReplyVerifier,
      bytes: hex('0000000000000001 00000002'),
      value: { timeverf: 1n, nickname: 2 },
    },
  ];
  for (const { name, type, bytes, value } of cases) {
    it(`reads and writes ${name}`, () => {
      expect(decode(type, bytes)).to.deep.equal(value);
      expect(encode(type, value)).to.deep.equal(bytes);
    });
  }
});
