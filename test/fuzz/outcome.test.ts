import { expect } from 'chai';
import { encodeReply } from '../../codec/rpc/index.ts';
import { Outcome, outcomesText, readReply } from '../../fuzz/outcome.ts';
import { PUT } from './base.ts';

const INT = Uint8Array.of(0, 0, 0, 7);

describe('fuzz/outcome', () => {
  it('names sets', () => {
    expect(outcomesText(Outcome.SUCCESS | Outcome.CLOSED)).to.equal('SUCCESS or CLOSED');
    expect(outcomesText(0)).to.equal('nothing');
  });

  it('takes a reply whose result is of its type, and says what is wrong with others', () => {
    const read = (results: Uint8Array) =>
      readReply(encodeReply({ xid: 1, verdict: 'SUCCESS' }, results), PUT.declared);
    expect(read(INT)).to.deep.equal({ outcome: Outcome.SUCCESS, fault: null });
    expect(read(INT.subarray(0, 2)).fault).to.match(/^TRUNCATED/);
    expect(read(Uint8Array.of(...INT, 0, 0, 0, 0)).fault).to.match(/^TRAILING/);
  });

  it('wants ranges in order, and nothing behind a verdict', () => {
    const range = encodeReply({ xid: 1, verdict: 'PROG_MISMATCH', low: 3, high: 2 });
    expect(readReply(range, null).fault).to.equal('low is above high');
    const garbage = encodeReply({ xid: 1, verdict: 'GARBAGE_ARGS' });
    expect(readReply(garbage, null)).to.deep.equal({ outcome: Outcome.GARBAGE_ARGS, fault: null });
    expect(readReply(Uint8Array.of(...garbage, 0, 0, 0, 0), null).fault).to.equal(
      'bytes behind GARBAGE_ARGS',
    );
    const denied = encodeReply({ xid: 1, verdict: 'RPC_MISMATCH', low: 2, high: 2 });
    expect(readReply(denied, null)).to.deep.equal({ outcome: Outcome.RPC_MISMATCH, fault: null });
    for (let n = 0; n < denied.length; n++)
      expect(readReply(denied.subarray(0, n), null).fault).to.be.a('string');
  });
});
