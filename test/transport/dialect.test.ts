import { expect } from 'chai';
import { Kind, Verdict } from '../../codec/rpc/incoming.ts';
import { Writer } from '../../codec/xdr/index.ts';
import { type Dialect, oncRpc } from '../../transport/dialect.ts';
import { serialDialect } from './serial-dialect.ts';

const CREDENTIAL = { flavor: 0, body: new Uint8Array(0) };

function written(write: (w: Writer) => void): Uint8Array {
  const writer = new Writer();
  write(writer);
  return writer.take();
}

/** What the peer takes for granted of every dialect. */
function contract(dialect: Dialect): void {
  describe(`dialect ${dialect.name}`, () => {
    const classify = (bytes: Uint8Array) => dialect.classify(bytes, dialect.newIncoming());
    const call = written((w) => dialect.writeCall(w, 7, 5, 1, 3, CREDENTIAL));
    const reply = written((w) => dialect.writeReply(w, 7, 5, 1, 3));

    it('reads the calls that it writes', () => {
      expect(classify(call)).to.include({
        kind: Kind.CALL,
        id: 7,
        program: 5,
        version: 1,
        procedure: 3,
        verdict: Verdict.SUCCESS,
        bodyOff: call.length,
      });
      expect(dialect.judge(classify(call), 'tcp')).to.equal(0);
      expect(dialect.credential(call, classify(call))).to.deep.equal(CREDENTIAL);
    });

    it('reads the replies that it writes', () => {
      expect(classify(reply)).to.include({ kind: Kind.REPLY, id: 7, verdict: Verdict.SUCCESS });
      expect(classify(reply).bodyOff).to.equal(reply.length);
    });

    it('carries each verdict of RFC 5531, and what belongs to it', () => {
      const detail = { low: 2, high: 4, authStat: 5 };
      for (let verdict: Verdict = 1; verdict <= Verdict.AUTH_ERROR; verdict++) {
        const given = verdict as Verdict;
        const bytes = written((w) => dialect.writeVerdict(w, 7, 5, 1, 3, given, detail));
        const incoming = classify(bytes);
        expect(incoming).to.include({ kind: Kind.REPLY, id: 7, verdict });
        const error = dialect.failure(bytes, incoming);
        expect(dialect.verdictOf(error)).to.equal(verdict);
        const ranged = verdict === Verdict.PROG_MISMATCH || verdict === Verdict.RPC_MISMATCH;
        if (ranged) expect(error).to.include({ low: 2, high: 4 });
        if (verdict === Verdict.AUTH_ERROR) expect(error).to.include({ authStat: 5 });
      }
    });

    it('takes what a handler throws without a verdict for a failure of ours', () => {
      for (const thrown of [new Error('boom'), undefined, null, 'text', { code: 'PROC_UNAVAIL' }]) {
        expect(dialect.verdictOf(thrown)).to.equal(Verdict.SYSTEM_ERR);
      }
    });

    it('drops a header that is not whole', () => {
      for (let length = 0; length < call.length; length++) {
        const incoming = classify(call.subarray(0, length));
        expect(incoming.kind, `${length} bytes`).to.equal(Kind.DROP);
        expect(incoming.bad).not.to.equal(null);
      }
    });

    it('counts from the bytes of the message, wherever they stand in a buffer', () => {
      const buffer = new Uint8Array(call.length + 50).fill(0xee);
      const incoming = dialect.newIncoming();
      for (const at of [0, 3, 17, 50]) {
        buffer.set(call, at);
        const bytes = buffer.subarray(at, at + call.length);
        expect(dialect.classify(bytes, incoming)).to.include({ id: 7, bodyOff: call.length });
      }
      // Another buffer, and nothing of the message before is left.
      expect(dialect.classify(new Uint8Array(2), incoming)).to.include({ id: -1, bodyOff: -1 });
    });

    it('frames what it wrote', () => {
      const { prefixBytes } = dialect;
      const stream = new Uint8Array(2 * (prefixBytes + call.length));
      for (const at of [0, prefixBytes + call.length]) {
        dialect.writePrefix(stream, at, call.length);
        stream.set(call, at + prefixBytes);
      }
      const reader = dialect.reader();
      const taken: Uint8Array[] = [];
      stream.forEach((byte, i) => {
        reader.push(Uint8Array.of(byte));
        const message = reader.next();
        if (message !== null) taken.push(message.bytes.slice());
        expect(reader.partial, `after ${i + 1} bytes`).to.equal((i + 1) % (prefixBytes + call.length) !== 0);
      });
      expect(taken.map((bytes) => Buffer.from(bytes).toString('hex'))).to.deep.equal(
        Array(2).fill(Buffer.from(call).toString('hex')),
      );
    });

    it('breaks on a message over its limit before it is here', () => {
      const reader = dialect.reader({ recordBytes: 100 });
      const prefix = new Uint8Array(dialect.prefixBytes);
      dialect.writePrefix(prefix, 0, 101);
      reader.push(prefix);
      expect(() => reader.next())
        .to.throw()
        .with.property('code', 'LIMIT');
    });
  });
}

contract(oncRpc);
contract(serialDialect);
