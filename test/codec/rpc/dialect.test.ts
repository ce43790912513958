import { expect } from 'chai';
import fc from 'fast-check';
import { rpcDialect } from '../../../codec/rpc/dialect.ts';
import { RpcError } from '../../../codec/rpc/errors.ts';
import { encodeCall } from '../../../codec/rpc/message.ts';
import { encodeRecord } from '../../../codec/rpc/record-writer.ts';

const NOTHING = new Uint8Array(0);
const CALL = 0;
const REPLY = 1;
const DROP = 2;

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
  it('says what a call asks for, and its credential', () => {
    const credential = { flavor: 1, body: Uint8Array.of(1, 2, 3, 4) };
    const bytes = rpcDialect.encodeCall(
      { xid: 0xfffffffe, program: 5, version: 6, procedure: 7, credential },
      Uint8Array.of(9, 9, 9, 9),
    );
    const incoming = classify(bytes);
    expect(incoming).to.include({
      kind: CALL,
      id: 0xfffffffe,
      program: 5,
      version: 6,
      procedure: 7,
      credFlavor: 1,
      error: null,
    });
    expect(bytes.subarray(incoming.bodyOff)).to.deep.equal(Uint8Array.of(9, 9, 9, 9));
    expect(rpcDialect.credential(bytes, incoming)).to.deep.equal(credential);
  });

  it('answers each error with its verdict', () => {
    for (const error of [
      new RpcError('PROG_UNAVAIL', ''),
      new RpcError('PROG_MISMATCH', '', { low: 2, high: 4 }),
      new RpcError('PROC_UNAVAIL', ''),
      new RpcError('GARBAGE_ARGS', ''),
      new RpcError('SYSTEM_ERR', ''),
      new RpcError('RPC_MISMATCH', '', { low: 2, high: 2 }),
      new RpcError('AUTH_ERROR', '', { authStat: 5 }),
    ]) {
      const incoming = classify(rpcDialect.encodeError(77, error));
      expect(incoming).to.include({ kind: REPLY, id: 77 });
      expect(incoming.error).to.include({
        code: error.code,
        low: error.low,
        high: error.high,
        authStat: error.authStat,
      });
    }
    // What is no verdict is our own failure.
    expect(classify(rpcDialect.encodeError(1, new RpcError('TIMEOUT', ''))).error?.code).to.equal(
      'SYSTEM_ERR',
    );
    expect(classify(rpcDialect.encodeReply(1, Uint8Array.of(0, 0, 0, 1))).error).to.equal(null);
  });

  it('still answers calls of another RPC version, and bad credentials', () => {
    for (const version of [0, 1, 3, 0xffffffff]) {
      const incoming = classify(words(1, 0, version));
      expect(incoming.kind).to.equal(CALL);
      expect(incoming.error).to.include({ code: 'RPC_MISMATCH', low: 2, high: 2 });
    }
    for (const length of [401, 404, 0x7fffffff, 0xffffffff]) {
      expect(classify(words(1, 0, 2, 5, 6, 7, 1, length)).error).to.include({
        code: 'AUTH_ERROR',
        authStat: 1,
      });
      expect(classify(words(1, 0, 2, 5, 6, 7, 0, 0, 0, length)).error).to.include({
        code: 'AUTH_ERROR',
        authStat: 3,
      });
    }
  });

  it('drops what cannot be answered, and ends calls whose reply is none', () => {
    const call = encodeCall({ xid: 1, program: 5, version: 6, procedure: 7 });
    for (let length = 0; length < call.length; length++) {
      expect(classify(call.subarray(0, length))).to.include({ kind: DROP }, `${length} bytes`);
    }
    for (const type of [2, 0x7fffffff]) expect(classify(words(1, type)).kind).to.equal(DROP);
    for (const reply of [words(1, 1), words(1, 1, 7), words(1, 1, 0, 0, 0, 99), words(1, 1, 1, 7)]) {
      const incoming = classify(reply);
      expect(incoming).to.include({ kind: REPLY, id: 1 });
      expect(incoming.error?.code).to.equal('MALFORMED');
    }
  });

  it('never throws, whatever the bytes', () => {
    const incoming = rpcDialect.newIncoming();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        rpcDialect.classify(bytes, incoming);
        expect([CALL, REPLY, DROP]).to.include(incoming.kind);
        if (incoming.kind === DROP) expect(incoming.error).not.to.equal(null);
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

  it('numbers the calls of the two sides apart', () => {
    for (const [side, bit] of [
      ['client', 0],
      ['server', 1],
    ] as const) {
      let id = rpcDialect.firstId(side, 0xffffffff);
      for (let i = 0; i < 3; i++, id = rpcDialect.nextId(id)) expect(id >>> 31).to.equal(bit);
    }
    expect(rpcDialect.nextId(0x7fffffff)).to.equal(0);
    expect(rpcDialect.nextId(0xffffffff)).to.equal(0x80000000);
    expect(rpcDialect.encodeReply(1, NOTHING).length).to.equal(24);
  });
});
