import { expect } from 'chai';
import fc from 'fast-check';
import { rpcDialect } from '../../../codec/rpc/dialect.ts';
import { RpcError } from '../../../codec/rpc/errors.ts';
import { Kind, Verdict } from '../../../codec/rpc/incoming.ts';
import { encodeCall, encodeReply, type ReplyInit } from '../../../codec/rpc/message.ts';
import { encodeRecord } from '../../../codec/rpc/record-writer.ts';

function words(...numbers: number[]): Uint8Array {
  const bytes = new Uint8Array(4 * numbers.length);
  const view = new DataView(bytes.buffer);
  numbers.forEach((n, i) => {
    view.setUint32(4 * i, n);
  });
  return bytes;
}

function classify(bytes: Uint8Array) {
  return rpcDialect.classify(bytes, rpcDialect.newIncoming());
}

describe('dialect of ONC RPC', () => {
  it('says what a call asks for, and its credential, the caller’s to keep', () => {
    const credential = { flavor: 1, body: Uint8Array.of(1, 2, 3, 4) };
    const bytes = encodeCall(
      { xid: 0xfffffffe, program: 5, version: 6, procedure: 7, credential },
      Uint8Array.of(9, 9, 9, 9),
    );
    const incoming = classify(bytes);
    expect(incoming).to.include({
      kind: Kind.CALL,
      id: 0xfffffffe,
      program: 5,
      version: 6,
      procedure: 7,
      verdict: Verdict.SUCCESS,
      bad: null,
    });
    expect(bytes.subarray(incoming.bodyOff)).to.deep.equal(Uint8Array.of(9, 9, 9, 9));
    const kept = rpcDialect.credential(bytes, incoming);
    bytes.fill(0xa5);
    expect(kept).to.deep.equal(credential);
  });

  it('tells a caller of each verdict', () => {
    const verdicts = [
      { verdict: 'PROG_UNAVAIL' },
      { verdict: 'PROG_MISMATCH', low: 2, high: 4 },
      { verdict: 'PROC_UNAVAIL' },
      { verdict: 'GARBAGE_ARGS' },
      { verdict: 'SYSTEM_ERR' },
      { verdict: 'RPC_MISMATCH', low: 2, high: 3 },
      { verdict: 'AUTH_ERROR', authStat: 5 },
    ] as const;
    for (const init of verdicts) {
      const { verdict: code, ...detail } = init;
      const bytes = encodeReply({ xid: 77, ...init } as ReplyInit);
      const incoming = classify(bytes);
      expect(incoming).to.include({ kind: Kind.REPLY, id: 77, verdict: Verdict[code] });
      expect(rpcDialect.failure(bytes, incoming)).to.include({ code, ...detail });
    }
    expect(classify(encodeReply({ xid: 1, verdict: 'SUCCESS' }))).to.include({ verdict: Verdict.SUCCESS });
  });

  it('has the verdict of an RpcError, and SYSTEM_ERR for what is none', () => {
    expect(rpcDialect.verdictOf(new RpcError('PROC_UNAVAIL', ''))).to.equal(Verdict.PROC_UNAVAIL);
    expect(rpcDialect.verdictOf(new RpcError('AUTH_ERROR', ''))).to.equal(Verdict.AUTH_ERROR);
    for (const error of [new RpcError('TIMEOUT', ''), new Error('x'), { code: 'PROC_UNAVAIL' }, undefined]) {
      expect(rpcDialect.verdictOf(error)).to.equal(Verdict.SYSTEM_ERR);
    }
  });

  it('still answers calls of another RPC version, and bad credentials', () => {
    for (const version of [0, 1, 3, 0xffffffff]) {
      const incoming = classify(words(1, 0, version));
      expect(incoming).to.include({ kind: Kind.CALL, verdict: Verdict.RPC_MISMATCH });
    }
    for (const length of [401, 404, 0x7fffffff, 0xffffffff]) {
      expect(classify(words(1, 0, 2, 5, 6, 7, 1, length))).to.include({
        kind: Kind.CALL,
        verdict: Verdict.AUTH_ERROR,
        authStat: 1,
      });
      expect(classify(words(1, 0, 2, 5, 6, 7, 0, 0, 0, length))).to.include({
        kind: Kind.CALL,
        verdict: Verdict.AUTH_ERROR,
        authStat: 3,
      });
    }
  });

  it('drops what cannot be answered, and ends calls whose reply is none', () => {
    const call = encodeCall({ xid: 1, program: 5, version: 6, procedure: 7 });
    for (let length = 0; length < call.length; length++) {
      expect(classify(call.subarray(0, length)), `${length} bytes`).to.include({
        kind: Kind.DROP,
        bad: 'header',
      });
    }
    for (const type of [2, 0x7fffffff]) {
      expect(classify(words(1, type))).to.include({ kind: Kind.DROP, bad: 'msg_type' });
    }
    for (const reply of [words(1, 1), words(1, 1, 7), words(1, 1, 0, 0, 0, 99), words(1, 1, 1, 7)]) {
      const incoming = classify(reply);
      expect(incoming).to.include({ kind: Kind.REPLY, id: 1, verdict: -1 });
      expect(rpcDialect.failure(reply, incoming)).to.include({ code: 'MALFORMED' });
    }
  });

  it('makes no view of a buffer that it knows', () => {
    const buffer = new Uint8Array(200);
    const call = encodeCall({ xid: 1, program: 5, version: 6, procedure: 7 });
    const incoming = rpcDialect.newIncoming();
    buffer.set(call, 100);
    rpcDialect.classify(buffer.subarray(0, 3), incoming);
    const { view } = incoming;
    rpcDialect.classify(buffer.subarray(100, 140), incoming);
    expect(incoming).to.include({ kind: Kind.CALL, program: 5 });
    expect(incoming.view).to.equal(view);
  });

  it('never throws, whatever the bytes', () => {
    const incoming = rpcDialect.newIncoming();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        rpcDialect.classify(bytes, incoming);
        expect(Object.values(Kind)).to.include(incoming.kind);
        expect(incoming.bad !== null).to.equal(incoming.kind === Kind.DROP);
        if (incoming.kind === Kind.REPLY && incoming.verdict !== Verdict.SUCCESS) {
          expect(rpcDialect.failure(bytes, incoming)).to.be.instanceOf(RpcError);
        }
      }),
    );
  });

  it('writes record marks and reads them', () => {
    for (const length of [0, 1, 255, 256, 70_000]) {
      const message = new Uint8Array(length).fill(7);
      const out = new Uint8Array(4 + length);
      rpcDialect.writePrefix(out, 0, length);
      out.set(message, 4);
      expect(Buffer.from(out).equals(encodeRecord(message))).to.equal(true);
      const reader = rpcDialect.reader();
      reader.push(out);
      expect(reader.next()?.bytes.length).to.equal(length);
    }
  });

  it('numbers the calls of the two sides apart, by the top bit', () => {
    expect(rpcDialect.ids('client')).to.deep.equal({ low: 0, count: 2 ** 31 });
    expect(rpcDialect.ids('server')).to.deep.equal({ low: 2 ** 31, count: 2 ** 31 });
  });
});
