import { expect } from 'chai';
import { RecordReader, recordLength, startsWithRecords } from '../../../dissector/tls/record-reader.ts';
import { memory } from './recorded.ts';

function record(type: number, length: number, fill = 0xaa): Buffer {
  return Buffer.concat([Buffer.from([type, 3, 3, length >> 8, length & 255]), Buffer.alloc(length, fill)]);
}

/** What comes of portions and gaps; `believes` is asked of records found by searching. */
function run(
  parts: readonly (Uint8Array | number)[],
  believes: (length: number) => boolean = () => true,
  limit?: number,
): string[] {
  const seen: string[] = [];
  const reader = new RecordReader(
    0,
    {
      readRecord(_dir, buf, off, length, _frame, found) {
        if (found && !believes(length)) return false;
        seen.push(`${buf[off]} ${length}${found ? ' found' : ''}`);
        return true;
      },
      cutRecord: (_dir, type, length) => seen.push(`cut ${type} ${length}`),
      lostRecords: () => seen.push('lost'),
    },
    memory(limit),
  );
  for (const part of parts) {
    if (typeof part === 'number') reader.gap(part, 1);
    else {
      const buf = Buffer.from(part);
      reader.bytes(buf, 0, buf.length, 1);
    }
  }
  return seen;
}

describe('dissector/tls/record-reader', () => {
  const three = Buffer.concat([record(22, 60), record(20, 1), record(23, 300)]);
  const whole = ['22 60', '20 1', '23 300'];

  it('cuts records out of any portions', () => {
    expect(run([three])).to.deep.equal(whole);
    for (const size of [1, 2, 3, 4, 5, 6, 64, 66, 100]) {
      const parts: Buffer[] = [];
      for (let at = 0; at < three.length; at += size) parts.push(three.subarray(at, at + size));
      expect(run(parts), `by ${size}`).to.deep.equal(whole);
    }
  });

  it('knows where the next record begins behind one that is cut', () => {
    const big = record(23, 300);
    const next = record(23, 5);
    expect(run([big.subarray(0, 100), 150, big.subarray(250), next])).to.deep.equal(['cut 23 300', '23 5']);
    expect(run([big.subarray(0, 100), 205, next])).to.deep.equal(['cut 23 300', '23 5']);
    expect(run([big.subarray(0, 100), 50, big.subarray(150, 200), 105, next])).to.deep.equal([
      'cut 23 300',
      '23 5',
    ]);
  });

  it('searches where it does not know', () => {
    const next = Buffer.concat([record(23, 50), record(23, 7)]);
    for (const gap of [0, 206]) {
      const parts = [record(23, 300).subarray(0, 100), gap, Buffer.alloc(20, 0x55), next];
      expect(run(parts)).to.deep.equal(['lost', '23 50 found', '23 7']);
    }
    expect(run([10, Buffer.concat([Buffer.alloc(9), next])])).to.deep.equal(['lost', '23 50 found', '23 7']);
    expect(run([Buffer.from('no record at all'), next])).to.deep.equal(['lost', '23 50 found', '23 7']);
  });

  it('goes on searching behind what its host does not believe', () => {
    const inside = Buffer.concat([record(23, 20), record(23, 30)]);
    const parts = [0, inside, record(23, 7)];
    expect(run(parts, (length) => length === 7)).to.deep.equal(['lost', '23 7 found']);
    const split = Buffer.concat(parts.slice(1) as Buffer[]);
    const bytes = [...split].map((byte) => Uint8Array.of(byte));
    expect(run([0, ...bytes], (length) => length === 7)).to.deep.equal(['lost', '23 7 found']);
  });

  it('gives up looking again after a while', () => {
    const bait = Buffer.concat(Array.from({ length: 100 }, () => record(23, 1)));
    const bytes = [...bait, ...record(23, 7)].map((byte) => Uint8Array.of(byte));
    expect(run([0, ...bytes], (length) => length === 7)).to.deep.equal(['lost']);
  });

  it('loses a record that there is no memory for', () => {
    const big = record(23, 300);
    const parts = [big.subarray(0, 200), big.subarray(200), record(23, 9)];
    expect(run(parts, undefined, 305)).to.deep.equal(['23 300', '23 9']);
    expect(run(parts, undefined, 304)).to.deep.equal(['lost', '23 9 found']);
  });

  it('takes no length that a record cannot have', () => {
    const length = (n: number) => recordLength(Buffer.from([23, 3, 3, n >> 8, n & 255]), 0);
    expect(length(16_384 + 2048)).to.equal(16_384 + 2048);
    expect(length(16_384 + 2049)).to.equal(-1);
    expect(recordLength(Buffer.from([22, 3, 3, 0, 0]), 0)).to.equal(-1);
    expect(recordLength(Buffer.from([25, 3, 3, 0, 9]), 0)).to.equal(-1);
    expect(recordLength(Buffer.from([23, 2, 3, 0, 9]), 0)).to.equal(-1);
  });

  it('tells TLS in the middle of a connection by the records that follow each other', () => {
    expect(startsWithRecords(three, 0, three.length)).to.equal(true);
    expect(startsWithRecords(three, 0, 30)).to.equal(true);
    expect(startsWithRecords(three, 1, three.length)).to.equal(false);
    expect(startsWithRecords(Buffer.concat([record(23, 9), Buffer.alloc(9)]), 0, 23)).to.equal(false);
    expect(startsWithRecords(three, 0, 4)).to.equal(false);
  });
});
