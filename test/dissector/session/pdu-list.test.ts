import { expect } from 'chai';
import { PduPool } from '../../../dissector/session/pdu-list.ts';

describe('dissector/session/pdu-list', () => {
  it('uses its objects again, blank', () => {
    const pool = new PduPool();
    const buf = Buffer.alloc(8);
    const view = new DataView(buf.buffer, buf.byteOffset, 8);
    const first = pool.add(buf, view, 2, 4, true);
    first.kind = 'message';
    first.dupOf = 9;
    first.notes.push('xid reused');
    expect(pool.count).to.equal(1);
    pool.clear();
    const again = pool.add(buf, view, 0, 8, false);
    expect(again).to.equal(first);
    expect(again).to.include({ kind: 'continuation', off: 0, len: 8, wireLen: 8, dupOf: 0, markOff: -1 });
    expect(again.notes).to.deep.equal([]);
  });
});
