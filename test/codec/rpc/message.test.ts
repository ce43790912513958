import { expect } from 'chai';
import fc from 'fast-check';
import { isRpcError, type RpcError } from '../../../codec/rpc/errors.ts';
import {
  AcceptStat,
  AuthStat,
  type CallInit,
  decodeMessage,
  describeStatus,
  encodeCall,
  encodeReply,
  HeaderStatus,
  MAX_AUTH_BYTES,
  newHeader,
  parseHeader,
  type ReplyInit,
  type RpcHeader,
  type RpcReply,
  replyError,
} from '../../../codec/rpc/message.ts';
import { codecOf, isXdrError, xdr } from '../../../codec/xdr/index.ts';
import { hex } from '../bytes.ts';

function parse(bytes: Uint8Array, authLimit?: number): RpcHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const h = newHeader();
  parseHeader(view, 0, bytes.length, h, authLimit);
  return h;
}

function caught(run: () => unknown): RpcError {
  try {
    run();
  } catch (e) {
    if (isRpcError(e)) return e;
    throw e;
  }
  throw new Error('nothing was thrown');
}

/** A portmap GETPORT call as we put it together: AUTH_SYS credential with a 3-letter machine name. */
const CALL = hex(`
  1c 80 4d 42   # xid
  00 00 00 00   # CALL
  00 00 00 02   # rpcvers
  00 01 86 a0   # program 100000
  00 00 00 02   # version 2
  00 00 00 03   # procedure 3
  00 00 00 01   # credential AUTH_SYS
  00 00 00 19   #   25 bytes: one gid word cut short on purpose, the body is opaque here
  00 00 00 2a  00 00 00 03  61 62 63 00  00 00 00 00  00 00 00 00  00 00 00 00  ff
  00 00 00      #   padding
  00 00 00 00   # verifier AUTH_NONE
  00 00 00 00   #   empty
  00 01 86 a3 00 00 00 03 00 00 00 06 00 00 00 00   # the arguments
`);

const SUCCESS = hex(`
  1c 80 4d 42   # xid
  00 00 00 01   # REPLY
  00 00 00 00   # ACCEPTED
  00 00 00 02   # verifier AUTH_SHORT
  00 00 00 02   #   2 bytes
  ab cd 00 00   #   and padding
  00 00 00 00   # SUCCESS
  00 00 08 01   # results
`);

const PROG_MISMATCH = hex(`
  00 00 00 07   # xid
  00 00 00 01   # REPLY
  00 00 00 00   # ACCEPTED
  00 00 00 00 00 00 00 00   # verifier AUTH_NONE
  00 00 00 02   # PROG_MISMATCH
  00 00 00 02   # low
  00 00 00 04   # high
`);

const RPC_MISMATCH = hex(`
  00 00 00 07   # xid
  00 00 00 01   # REPLY
  00 00 00 01   # DENIED
  00 00 00 00   # RPC_MISMATCH
  00 00 00 02   # low
  00 00 00 02   # high
`);

const AUTH_ERROR = hex(`
  00 00 00 07   # xid
  00 00 00 01   # REPLY
  00 00 00 01   # DENIED
  00 00 00 01   # AUTH_ERROR
  00 00 00 05   # AUTH_TOOWEAK
`);

describe('codec/rpc/message', () => {
  describe('parseHeader', () => {
    it('reads a call', () => {
      expect(parse(CALL)).to.deep.equal({
        ...newHeader(),
        status: HeaderStatus.COMPLETE,
        stop: 68,
        xid: 0x1c804d42,
        msgType: 0,
        rpcvers: 2,
        program: 100000,
        version: 2,
        procedure: 3,
        credFlavor: 1,
        credOff: 32,
        credLen: 25,
        verfFlavor: 0,
        verfOff: 68,
        verfLen: 0,
        bodyOff: 68,
      });
    });

    it('reads an accepted reply', () => {
      expect(parse(SUCCESS)).to.deep.equal({
        ...newHeader(),
        status: HeaderStatus.COMPLETE,
        stop: 28,
        xid: 0x1c804d42,
        msgType: 1,
        replyStat: 0,
        verfFlavor: 2,
        verfOff: 20,
        verfLen: 2,
        acceptStat: 0,
        bodyOff: 28,
      });
    });

    it('reads the bodies of the other verdicts', () => {
      expect(parse(PROG_MISMATCH)).to.include({ status: 0, acceptStat: 2, low: 2, high: 4, bodyOff: 32 });
      expect(parse(RPC_MISMATCH)).to.include({ status: 0, replyStat: 1, rejectStat: 0, low: 2, high: 2 });
      expect(parse(AUTH_ERROR)).to.include({ status: 0, rejectStat: 1, authStat: 5, bodyOff: 20 });
    });

    it('reads at an offset, up to an end, and leaves nothing of the message before', () => {
      const buf = new Uint8Array(3 + AUTH_ERROR.length + 5).fill(0xee);
      buf.set(AUTH_ERROR, 3);
      const h = parse(CALL);
      parseHeader(new DataView(PROG_MISMATCH.buffer), 0, PROG_MISMATCH.length, h);
      const status = parseHeader(new DataView(buf.buffer), 3, 3 + AUTH_ERROR.length, h);
      expect(status).to.equal(HeaderStatus.COMPLETE);
      expect(h).to.deep.equal({
        ...newHeader(),
        status: HeaderStatus.COMPLETE,
        stop: 23,
        xid: 7,
        msgType: 1,
        replyStat: 1,
        rejectStat: 1,
        authStat: 5,
        bodyOff: 23,
      });
    });

    for (const [name, whole] of Object.entries({ CALL, SUCCESS, PROG_MISMATCH, RPC_MISMATCH, AUTH_ERROR })) {
      it(`reads as far as it goes into every prefix of ${name}`, () => {
        const full = parse(whole);
        for (let n = 0; n < full.bodyOff; n++) {
          const h = parse(whole.subarray(0, n));
          expect(h.status, `prefix ${n}`).to.equal(HeaderStatus.TRUNCATED);
          expect(h.stop, `prefix ${n}`).to.be.at.most(n);
          expect(h.bodyOff).to.equal(-1);
          for (const key of Object.keys(h) as (keyof RpcHeader)[]) {
            if (key === 'status' || key === 'stop' || key === 'bodyOff') continue;
            expect([-1, full[key]], `${key} of prefix ${n}`).to.include(h[key]);
          }
          if (n >= 4) expect(h.xid).to.equal(full.xid);
        }
      });
    }

    const wrong: [string, Uint8Array, number, number, HeaderStatus, number][] = [
      ['a message type of 2', CALL, 4, 2, HeaderStatus.BAD_MSGTYPE, 4],
      ['RPC version 3', CALL, 8, 3, HeaderStatus.BAD_RPCVERS, 8],
      ['a credential of 401 bytes', CALL, 28, 401, HeaderStatus.BAD_AUTH_LENGTH, 28],
      ['a credential of 2^32 - 1 bytes', CALL, 28, 0xffffffff, HeaderStatus.BAD_AUTH_LENGTH, 28],
      ['a verifier of 401 bytes', CALL, 64, 401, HeaderStatus.BAD_AUTH_LENGTH, 64],
      ['a reply verifier of 401 bytes', SUCCESS, 16, 401, HeaderStatus.BAD_AUTH_LENGTH, 16],
      ['a reply_stat of 2', SUCCESS, 8, 2, HeaderStatus.BAD_REPLY_STAT, 8],
      ['an accept_stat of 6', SUCCESS, 24, 6, HeaderStatus.BAD_ACCEPT_STAT, 24],
      ['a reject_stat of 2', AUTH_ERROR, 12, 2, HeaderStatus.BAD_REJECT_STAT, 12],
    ];
    for (const [name, message, at, value, status, stop] of wrong) {
      it(`names ${name}`, () => {
        const bytes = message.slice();
        new DataView(bytes.buffer).setUint32(at, value);
        expect(parse(bytes)).to.include({ status, stop, bodyOff: -1 });
        expect(describeStatus(status)).to.match(/\w/);
        const e = caught(() => decodeMessage(bytes));
        expect(e.code).to.equal(status === HeaderStatus.BAD_RPCVERS ? 'RPC_MISMATCH' : 'MALFORMED');
        expect(e.offset).to.equal(stop);
      });
    }

    it('takes bodies at the limit and one given by the caller', () => {
      const credential = { flavor: 77, body: new Uint8Array(MAX_AUTH_BYTES) };
      const call = encodeCall({ xid: 1, program: 2, version: 3, procedure: 4, credential });
      expect(parse(call)).to.include({ status: HeaderStatus.COMPLETE, credLen: 400 });
      expect(parse(call, 399).status).to.equal(HeaderStatus.BAD_AUTH_LENGTH);
      const longer = new Uint8Array(call.length + 4);
      longer.set(call.subarray(0, 32));
      new DataView(longer.buffer).setUint32(28, 404);
      expect(parse(longer).status).to.equal(HeaderStatus.BAD_AUTH_LENGTH);
      expect(parse(longer, 0xffffffff)).to.include({ status: HeaderStatus.COMPLETE, credLen: 404 });
    });

    it('says something about any bytes and reads none beyond the end', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(8), (noise, at) => {
          const message = Uint8Array.from([...CALL.subarray(0, 8 * at), ...noise]);
          const h = parse(message);
          expect(h.stop).to.be.at.most(message.length);
          if (h.status === HeaderStatus.COMPLETE) expect(h.bodyOff).to.be.within(20, message.length);
          else expect(h.bodyOff).to.equal(-1);
        }),
      );
    });
  });

  describe('encode and decode', () => {
    const uint = fc.integer({ min: 0, max: 0xffffffff });
    const auth = fc.record({ flavor: uint, body: fc.uint8Array({ maxLength: MAX_AUTH_BYTES }) });
    const bytes = fc.uint8Array({ maxLength: 64 });

    it('gives back any call', () => {
      const anyCall = fc.record({
        xid: uint,
        program: uint,
        version: uint,
        procedure: uint,
        credential: auth,
        verifier: auth,
      });
      fc.assert(
        fc.property(anyCall, bytes, (call, args) => {
          expect(decodeMessage(encodeCall(call, args))).to.deep.equal({ type: 'call', ...call, body: args });
        }),
      );
    });

    it('encodes the call of the fixture', () => {
      const call: CallInit = {
        xid: 0x1c804d42,
        program: 100000,
        version: 2,
        procedure: 3,
        credential: { flavor: 1, body: CALL.subarray(32, 57) },
      };
      expect(encodeCall(call, CALL.subarray(68))).to.deep.equal(CALL.slice());
    });

    const verdicts: [ReplyInit, RpcReply][] = [
      [{ xid: 7, verdict: 'PROG_MISMATCH', low: 2, high: 4 }, decodeMessage(PROG_MISMATCH) as RpcReply],
      [{ xid: 7, verdict: 'RPC_MISMATCH', low: 2, high: 2 }, decodeMessage(RPC_MISMATCH) as RpcReply],
      [
        { xid: 7, verdict: 'AUTH_ERROR', authStat: AuthStat.AUTH_TOOWEAK },
        decodeMessage(AUTH_ERROR) as RpcReply,
      ],
    ];
    for (const verdict of ['PROG_UNAVAIL', 'PROC_UNAVAIL', 'GARBAGE_ARGS', 'SYSTEM_ERR'] as const) {
      const verifier = { flavor: 0, body: new Uint8Array(0) };
      verdicts.push([
        { xid: 7, verdict },
        { type: 'accepted', xid: 7, verifier, stat: AcceptStat[verdict], body: new Uint8Array(0) },
      ]);
    }
    for (const [init, reply] of verdicts) {
      it(`encodes ${init.verdict} and turns it into an error`, () => {
        expect(decodeMessage(encodeReply(init))).to.deep.equal(reply);
        expect(replyError(reply)).to.include({ code: init.verdict });
        expect(caught(() => encodeReply(init, new Uint8Array(4))).code).to.equal('BAD_VALUE');
      });
    }

    it('encodes the bytes of the fixtures', () => {
      expect(encodeReply({ xid: 7, verdict: 'PROG_MISMATCH', low: 2, high: 4 })).to.deep.equal(PROG_MISMATCH);
      expect(encodeReply({ xid: 7, verdict: 'RPC_MISMATCH', low: 2, high: 2 })).to.deep.equal(RPC_MISMATCH);
      expect(encodeReply({ xid: 7, verdict: 'AUTH_ERROR', authStat: 5 })).to.deep.equal(AUTH_ERROR);
      const verifier = { flavor: 2, body: hex('abcd') };
      const success = encodeReply({ xid: 0x1c804d42, verdict: 'SUCCESS', verifier }, hex('00000801'));
      expect(success).to.deep.equal(SUCCESS);
      expect(replyError(decodeMessage(success) as RpcReply)).to.equal(null);
    });

    it('keeps the numbers of a verdict in the error', () => {
      expect(replyError(decodeMessage(PROG_MISMATCH) as RpcReply)).to.include({ low: 2, high: 4 });
      expect(replyError(decodeMessage(RPC_MISMATCH) as RpcReply)).to.include({ low: 2, high: 2 });
      expect(replyError(decodeMessage(AUTH_ERROR) as RpcReply)).to.include({ authStat: 5 });
    });

    it('refuses what cannot be sent', () => {
      const call = { xid: 1, program: 2, version: 3, procedure: 4 };
      const credential = { flavor: 1, body: new Uint8Array(MAX_AUTH_BYTES + 1) };
      expect(caught(() => encodeCall({ ...call, credential })).code).to.equal('LIMIT');
      for (const bad of [-1, 2 ** 32, 1.5, Number.NaN]) {
        expect(caught(() => encodeCall({ ...call, procedure: bad })).code).to.equal('BAD_VALUE');
        expect(caught(() => encodeReply({ xid: bad, verdict: 'SUCCESS' })).code).to.equal('BAD_VALUE');
      }
    });
  });

  describe('against RFC 5531 section 9 as an XDR type', () => {
    const auth = xdr.struct({ flavor: xdr.uint(), body: xdr.varOpaque(MAX_AUTH_BYTES) });
    const range = xdr.struct({ low: xdr.uint(), high: xdr.uint() });
    const callBody = xdr.struct({
      rpcvers: xdr.uint(),
      prog: xdr.uint(),
      vers: xdr.uint(),
      proc: xdr.uint(),
      cred: auth,
      verf: auth,
    });
    const verdict = xdr.union(
      ['stat', xdr.enumeration(AcceptStat)],
      [xdr.arm([0, 1, 3, 4, 5]), xdr.arm([2], 'mismatch', range)],
    );
    const denied = xdr.union(
      ['stat', xdr.enumeration({ RPC_MISMATCH: 0, AUTH_ERROR: 1 })],
      [xdr.arm([0], 'mismatch', range), xdr.arm([1], 'auth_stat', xdr.uint())],
    );
    const replyBody = xdr.union(
      ['stat', xdr.enumeration({ MSG_ACCEPTED: 0, MSG_DENIED: 1 })],
      [
        xdr.arm([0], 'areply', xdr.struct({ verf: auth, reply_data: verdict })),
        xdr.arm([1], 'rreply', denied),
      ],
    );
    const rpcMsg = codecOf(
      xdr.struct({
        xid: xdr.uint(),
        body: xdr.union(
          ['mtype', xdr.enumeration({ CALL: 0, REPLY: 1 })],
          [xdr.arm([0], 'cbody', callBody), xdr.arm([1], 'rbody', replyBody)],
        ),
      }),
      { allowTrailing: true },
    );

    /** How many bytes the header takes, or why there is none. */
    function consumed(bytes: Uint8Array): number | string {
      try {
        const { value, consumed } = rpcMsg.decodeAt(bytes);
        const { body } = value as { body: { cbody?: { rpcvers: number } } };
        return body.cbody === undefined || body.cbody.rpcvers === 2 ? consumed : 'RPCVERS';
      } catch (e) {
        if (!isXdrError(e)) throw e;
        return e.code;
      }
    }

    const anyMessage = fc.oneof(
      fc.constantFrom(CALL, SUCCESS, PROG_MISMATCH, RPC_MISMATCH, AUTH_ERROR),
      fc
        .tuple(
          fc.uint8Array({ maxLength: 20 }),
          fc.uint8Array({ maxLength: 20 }),
          fc.uint8Array({ maxLength: 8 }),
        )
        .map(([credential, verifier, args]) =>
          encodeCall(
            {
              xid: 9,
              program: 1,
              version: 2,
              procedure: 3,
              credential: { flavor: 1, body: credential },
              verifier: { flavor: 6, body: verifier },
            },
            args,
          ),
        ),
    );

    it('agrees on what a header is and where it ends, also after damage', () => {
      let whole = 0;
      fc.assert(
        fc.property(
          anyMessage,
          fc.option(fc.tuple(fc.nat(80), fc.constantFrom(0, 1, 2, 3, 255))),
          fc.nat(100),
          (message, damage, length) => {
            const bytes = message.slice(0, Math.max(length, 8));
            if (damage !== null && damage[0] < bytes.length) bytes[damage[0]] = damage[1];
            const h = parse(bytes);
            const expected = consumed(bytes);
            if (expected === 'BAD_PADDING') return;
            if (typeof expected === 'number') whole++;
            expect(h.status === HeaderStatus.COMPLETE ? h.bodyOff : 'no', `${expected}`).to.equal(
              typeof expected === 'number' ? expected : 'no',
            );
          },
        ),
        { numRuns: 1000 },
      );
      expect(whole).to.be.above(100);
    });
  });
});
