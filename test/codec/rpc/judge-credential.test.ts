import { expect } from 'chai';
import fc from 'fast-check';
import { AuthStat, newHeader, sysCredential } from '../../../codec/rpc/index.ts';
import { judgeCredential } from '../../../codec/rpc/judge-credential.ts';
import { decode, encode } from '../../../codec/xdr/index.ts';

function judge(flavor: number, body: Uint8Array, procedure = 0, transport = 'tcp'): number {
  const padded = new Uint8Array(body.length + 20).fill(0xee);
  padded.set(body, 8);
  const header = Object.assign(newHeader(), {
    procedure,
    credFlavor: flavor,
    credOff: 8,
    credLen: body.length,
  });
  return judgeCredential(header, new DataView(padded.buffer), transport);
}

const sys = (machinename: string, gids: number[]): Uint8Array =>
  encode(sysCredential, { stamp: 1, machinename, uid: 0, gid: 0, gids });

/** A sys credential whose length words may lie. */
function raw(name: number, named: number, groups: number, grouped: number): Uint8Array {
  const words = [
    1,
    name,
    ...Array<number>(named).fill(0x61616161),
    5,
    6,
    groups,
    ...Array<number>(grouped).fill(9),
  ];
  const view = new DataView(new ArrayBuffer(4 * words.length));
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word);
  return new Uint8Array(view.buffer);
}

describe('rpc: credentials that a server takes', () => {
  it('takes AUTH_NONE, whatever it holds, and a whole AUTH_SYS', () => {
    expect(judge(0, new Uint8Array(0))).to.equal(AuthStat.AUTH_OK);
    expect(judge(0, new Uint8Array(7))).to.equal(AuthStat.AUTH_OK);
    expect(judge(1, sys('', []))).to.equal(AuthStat.AUTH_OK);
    expect(judge(1, sys('n'.repeat(255), Array(16).fill(1)))).to.equal(AuthStat.AUTH_OK);
  });

  it('rejects flavors that are not implemented', () => {
    for (const flavor of [2, 3, 4, 5, 6, 7, 300_001, 390_003, 0xffffffff]) {
      expect(judge(flavor, sys('host', []))).to.equal(AuthStat.AUTH_REJECTEDCRED);
    }
  });

  it('calls AUTH_TLS bad where no probe may be: not on NULL, and inside TLS', () => {
    const none = new Uint8Array(0);
    expect(judge(7, none), 'a server without TLS').to.equal(AuthStat.AUTH_REJECTEDCRED);
    expect(judge(7, none, 1)).to.equal(AuthStat.AUTH_BADCRED);
    expect(judge(7, none, 0, 'tls')).to.equal(AuthStat.AUTH_BADCRED);
    expect(judge(7, none, 1, 'tls')).to.equal(AuthStat.AUTH_BADCRED);
    expect(judge(6, none, 1, 'tls'), 'not so others').to.equal(AuthStat.AUTH_REJECTEDCRED);
  });

  it('calls bad: more than 16 groups, a name of more than 255 bytes, lengths that lie, what is left over', () => {
    const bad = [
      raw(4, 1, 17, 17),
      raw(256, 64, 0, 0),
      raw(0x7fffffff, 1, 0, 0),
      raw(0x80000000, 1, 0, 0),
      raw(0xffffffff, 1, 0, 0),
      raw(4, 1, 0x40000001, 1),
      raw(4, 1, 1, 2),
      raw(4, 1, 2, 1),
      raw(60, 1, 0, 0),
      new Uint8Array(0),
      new Uint8Array(19),
    ];
    for (const body of bad) expect(judge(1, body), [...body].join()).to.equal(AuthStat.AUTH_BADCRED);
    expect(judge(1, raw(4, 1, 16, 16))).to.equal(AuthStat.AUTH_OK);
  });

  it('judges any bytes as the codec does', () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.tuple(fc.nat(300), fc.nat(70), fc.nat(20), fc.nat(20)).map((lengths) => raw(...lengths)),
      fc
        .tuple(fc.string({ maxLength: 60 }), fc.array(fc.nat(), { maxLength: 16 }))
        .map(([n, g]) => sys(n, g)),
    );
    fc.assert(
      fc.property(body, (bytes) => {
        let expected: number = AuthStat.AUTH_OK;
        try {
          decode(sysCredential, bytes);
        } catch (error) {
          // Padding is the codec's to look at, not ours.
          if ((error as { code: string }).code !== 'BAD_PADDING') expected = AuthStat.AUTH_BADCRED;
          else return;
        }
        expect(judge(1, bytes)).to.equal(expected);
      }),
      { numRuns: 500 },
    );
  });
});
