import { expect } from 'chai';
import fc from 'fast-check';
import { VERDICT_NAMES, Verdict } from '../../../codec/rpc/incoming.ts';
import { encodeCall, encodeReply, type ReplyInit } from '../../../codec/rpc/index.ts';
import { writeAccepted, writeCallHeader, writeVerdict } from '../../../codec/rpc/write-message.ts';
import { Writer } from '../../../codec/xdr/index.ts';

const uint = fc.integer({ min: 0, max: 0xffffffff });

describe('rpc: messages written in place', () => {
  it('have the call header that encodeCall makes', () => {
    fc.assert(
      fc.property(
        uint,
        uint,
        uint,
        uint,
        uint,
        fc.uint8Array({ maxLength: 400 }),
        (xid, program, version, procedure, flavor, body) => {
          const writer = new Writer(8);
          writer.b.fill(0xff); // padding must be written, not left
          writeCallHeader(writer, xid, program, version, procedure, { flavor, body });
          const expected = encodeCall({ xid, program, version, procedure, credential: { flavor, body } });
          expect(writer.take()).to.deep.equal(expected);
        },
      ),
    );
  });

  it('refuse a credential over its limit', () => {
    const long = { flavor: 1, body: new Uint8Array(401) };
    expect(() => writeCallHeader(new Writer(), 1, 2, 3, 4, long))
      .to.throw('400')
      .with.property('code', 'LIMIT');
  });

  it('have the replies that encodeReply makes', () => {
    fc.assert(
      fc.property(uint, uint, uint, uint, (xid, low, high, authStat) => {
        VERDICT_NAMES.slice(0, Verdict.FAILED).forEach((verdict, i) => {
          const writer = new Writer();
          if (verdict === 'SUCCESS') writeAccepted(writer, xid, Verdict.SUCCESS);
          else writeVerdict(writer, xid, i as Verdict, { low, high, authStat });
          expect(writer.take(), verdict).to.deep.equal(
            encodeReply({ xid, verdict, low, high, authStat } as ReplyInit),
          );
        });
      }),
    );
  });

  it('say that RPC version 2 is spoken where no range is given', () => {
    const writer = new Writer();
    writeVerdict(writer, 1, Verdict.RPC_MISMATCH, {});
    expect(writer.take()).to.deep.equal(encodeReply({ xid: 1, verdict: 'RPC_MISMATCH', low: 2, high: 2 }));
  });
});
