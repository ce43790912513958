import { expect } from 'chai';
import fc from 'fast-check';
import { isRpcError } from '../../../codec/rpc/errors.ts';
import { RecordReader, type RpcRecord } from '../../../codec/rpc/record-reader.ts';
import { encodeRecord } from '../../../codec/rpc/record-writer.ts';
import { hex } from '../bytes.ts';

/** Records as hex, or the error's code last. */
function drain(reader: RecordReader): string[] {
  const out: string[] = [];
  try {
    for (let r = reader.next(); r !== null; r = reader.next()) out.push(Buffer.from(r.bytes).toString('hex'));
  } catch (e) {
    if (!isRpcError(e)) throw e;
    out.push(e.code);
  }
  return out;
}

function take(reader: RecordReader): RpcRecord {
  const record = reader.next();
  if (record === null) throw new Error('no record');
  return record;
}

describe('codec/rpc/record-reader', () => {
  const playbooks: [string, [bytes: string, expected: string[]][]][] = [
    ['one record in one chunk', [['80000004 01020304', ['01020304']]]],
    ['two records in one chunk', [['80000001 aa 80000002 bbcc', ['aa', 'bbcc']]]],
    [
      'a mark split at every byte',
      [
        ['80', []],
        ['00', []],
        ['00', []],
        ['02', []],
        ['aa', []],
        ['bb', ['aabb']],
      ],
    ],
    [
      'a record and the beginning of the next',
      [
        ['80000001 aa 8000', ['aa']],
        ['0003 bb', []],
        ['ccdd', ['bbccdd']],
      ],
    ],
    ['several fragments in one chunk', [['00000001 aa 00000002 bbcc 80000001 dd', ['aabbccdd']]]],
    [
      'fragments in several chunks',
      [
        ['00000003 aabb', []],
        ['cc 80000001', []],
        ['dd', ['aabbccdd']],
      ],
    ],
    ['an empty record', [['80000000', ['']]]],
    ['empty fragments around the bytes', [['00000000 00000001 aa 00000000 80000000', ['aa']]]],
    ['an empty fragment, then a whole one', [['00000000 80000001 aa', ['aa']]]],
    [
      'nothing pushed',
      [
        ['', []],
        ['80000001', []],
        ['', []],
        ['aa', ['aa']],
      ],
    ],
  ];
  for (const [name, steps] of playbooks) {
    it(`reads ${name}`, () => {
      const reader = new RecordReader();
      for (const [bytes, expected] of steps) {
        reader.push(hex(bytes));
        expect(drain(reader), bytes).to.deep.equal(expected);
      }
      expect(reader.partial).to.equal(false);
      expect(reader.buffered).to.equal(0);
    });
  }

  it('gives the same records for any chunks, any fragments, any time of taking them out', () => {
    const message = fc.uint8Array({ maxLength: 40 });
    const part = fc.record({ message, size: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }),
        fc.infiniteStream(fc.record({ cut: fc.integer({ min: 1, max: 30 }), drain: fc.boolean() })),
        (parts, cuts) => {
          const stream = Buffer.concat(parts.map((p) => encodeRecord(p.message, p.size)));
          const reader = new RecordReader();
          const got: string[] = [];
          for (let at = 0; at < stream.length; ) {
            const { value } = cuts.next();
            reader.push(stream.subarray(at, at + value.cut));
            at += value.cut;
            if (value.drain) got.push(...drain(reader));
          }
          got.push(...drain(reader));
          expect(got).to.deep.equal(parts.map((p) => Buffer.from(p.message).toString('hex')));
          expect(reader.partial).to.equal(false);
        },
      ),
    );
  });

  it('puts together records that grow over many chunks', () => {
    const message = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) % 251);
    for (const fragment of [5000, 1000, 77]) {
      const stream = encodeRecord(message, fragment);
      for (const size of [1, 3, 250, 1024, 4999]) {
        const reader = new RecordReader();
        const got: RpcRecord[] = [];
        for (let at = 0; at < stream.length; at += size) {
          reader.push(stream.subarray(at, at + size));
          for (let r = reader.next(); r !== null; r = reader.next()) got.push(r);
        }
        expect(
          got.map((r) => Buffer.compare(r.bytes, message)),
          `${fragment} ${size}`,
        ).to.deep.equal([0]);
      }
    }
  });

  it('lends a record that lies in one chunk, and owns every other', () => {
    const chunk = hex('80000004 01020304 80000002 aa');
    const reader = new RecordReader();
    reader.push(chunk);
    const lent = take(reader);
    expect(lent).to.include({ borrowed: true, fragments: 1 });
    expect(lent.bytes.buffer).to.equal(chunk.buffer);
    expect(reader.next()).to.equal(null);
    chunk.fill(0xee);
    reader.push(hex('bb'));
    const owned = take(reader);
    expect(owned).to.include({ borrowed: false });
    expect(owned.bytes).to.deep.equal(hex('aabb'));
  });

  it('keeps records apart that it owns', () => {
    const reader = new RecordReader();
    reader.push(hex('00000001 aa 80000001 bb'));
    const first = take(reader);
    reader.push(hex('00000001 cc 80000001 dd'));
    const second = take(reader);
    expect([first.bytes, second.bytes]).to.deep.equal([hex('aabb'), hex('ccdd')]);
    expect(first.fragments).to.equal(2);
  });

  it('says whether a record is unfinished, and how many bytes are waiting', () => {
    const reader = new RecordReader();
    reader.push(hex('00'));
    expect(drain(reader)).to.deep.equal([]);
    expect(reader.partial).to.equal(true);
    reader.push(hex('000001 aa'));
    expect(drain(reader)).to.deep.equal([]);
    expect(reader).to.include({ partial: true, buffered: 1 });
    reader.push(hex('80000000'));
    expect(reader.buffered).to.equal(5);
    expect(drain(reader)).to.deep.equal(['aa']);
    expect(reader.partial).to.equal(false);
  });

  describe('limits', () => {
    it('takes a record below and at the limit, refuses one above, over all fragments', () => {
      for (const sizes of [[8], [4, 4], [3, 5]]) {
        for (const limit of [7, 8, 9]) {
          const reader = new RecordReader({ recordBytes: limit });
          let sent = 0;
          for (const [i, size] of sizes.entries()) {
            sent += size;
            const mark = new Uint8Array(4 + size);
            new DataView(mark.buffer).setUint32(0, (i === sizes.length - 1 ? 0x80000000 : 0) + size);
            reader.push(mark);
          }
          const expected = limit >= sent ? ['00'.repeat(sent)] : ['LIMIT'];
          expect(drain(reader), `${sizes} of ${limit}`).to.deep.equal(expected);
        }
      }
    });

    it('refuses a mark of 2^31 - 1 bytes before any of them came', () => {
      const reader = new RecordReader();
      reader.push(hex('ffffffff'));
      expect(drain(reader)).to.deep.equal(['LIMIT']);
    });

    it('has 4 MiB, 4096 fragments and 8 empty ones as defaults', () => {
      const atLimit = new RecordReader();
      atLimit.push(hex('80400000'));
      expect(drain(atLimit)).to.deep.equal([]);
      const above = new RecordReader();
      above.push(hex('80400001'));
      expect(drain(above)).to.deep.equal(['LIMIT']);

      const many = encodeRecord(new Uint8Array(4096), 1);
      const reader = new RecordReader();
      reader.push(many);
      expect(take(reader).fragments).to.equal(4096);
      reader.push(encodeRecord(new Uint8Array(4097), 1));
      expect(drain(reader)).to.deep.equal(['LIMIT']);

      const empties = new RecordReader();
      empties.push(hex(`${'00000000'.repeat(8)}80000001aa`));
      expect(drain(empties)).to.deep.equal(['aa']);
      empties.push(hex(`${'00000000'.repeat(8)}80000001bb`));
      expect(drain(empties)).to.deep.equal(['bb']);
      empties.push(hex('00000000'.repeat(9)));
      expect(drain(empties)).to.deep.equal(['LIMIT']);
    });

    it('gives what came before the trouble, says where it is, and stays failed', () => {
      const reader = new RecordReader({ recordBytes: 4 });
      reader.push(hex('80000001 aa 80000005 0102030405 80000001 bb'));
      expect(drain(reader)).to.deep.equal(['aa', 'LIMIT']);
      expect(() => reader.next())
        .to.throw()
        .that.includes({ code: 'LIMIT', offset: 5 });
      reader.push(hex('80000001 cc'));
      expect(drain(reader)).to.deep.equal(['LIMIT']);
    });

    it('holds memory in proportion to what came, not to what was announced', () => {
      const readers: RecordReader[] = [];
      const before = process.memoryUsage().arrayBuffers;
      for (let i = 0; i < 200; i++) {
        const reader = new RecordReader();
        reader.push(hex('80400000 01'));
        expect(reader.next()).to.equal(null);
        readers.push(reader);
      }
      expect(process.memoryUsage().arrayBuffers - before).to.be.below(1024 * 1024);
      expect(readers.every((r) => r.buffered === 1)).to.equal(true);
    });

    it('survives any bytes', () => {
      fc.assert(
        fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), (chunks) => {
          const reader = new RecordReader({ recordBytes: 64 });
          for (const chunk of chunks) {
            reader.push(chunk);
            drain(reader);
            expect(reader.buffered).to.be.at.most(64 + chunk.length);
          }
        }),
      );
    });
  });

  describe('room for a large record', () => {
    const message = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 7) % 251);
    const chunk = 65_536;

    /** Reads `stream` as a channel would: where the reader wants it, else into one buffer over and over. */
    function feed(reader: RecordReader, stream: Uint8Array): { records: RpcRecord[]; rooms: number } {
      const shared = new Uint8Array(chunk);
      const records: RpcRecord[] = [];
      let rooms = 0;
      for (let at = 0; at < stream.length; ) {
        const room = reader.room();
        if (room !== null) rooms++;
        const into = room ?? shared;
        const part = stream.subarray(at, at + Math.min(into.length, 100_000));
        into.set(part);
        at += part.length;
        reader.push(into.subarray(0, part.length));
        for (let r = reader.next(); r !== null; r = reader.next()) records.push(r);
        shared.fill(0xa5);
      }
      return { records, rooms };
    }

    // Reads straight into the record, of 100,000 bytes at most. Before each fragment's first 64 KiB nobody knows that
    // it is large; of 70,000 bytes only every fourth fragment then has the 16 KiB left that are worth a read.
    const reads = new Map([
      [1 << 20, 10],
      [300_000, 10],
      [70_000, 3],
      [5000, 0],
    ]);
    for (const [fragment, inPlace] of reads) {
      it(`reads it into place, in fragments of ${fragment} bytes`, () => {
        const reader = new RecordReader();
        const stream = Buffer.concat([encodeRecord(message, fragment), encodeRecord(Uint8Array.of(1, 2))]);
        const { records, rooms } = feed(reader, stream);
        expect(records.map(({ bytes }) => bytes.length)).to.deep.equal([message.length, 2]);
        expect(Buffer.compare(records[0]?.bytes as Uint8Array, message)).to.equal(0);
        expect(records[0]?.borrowed).to.equal(false);
        expect(rooms).to.equal(inPlace);
        expect(reader.room()).to.equal(null);
      });
    }

    it('holds its first bytes where its last ones go: nothing is copied twice', () => {
      const reader = new RecordReader();
      const stream = encodeRecord(message);
      reader.push(stream.subarray(0, chunk));
      expect(reader.next()).to.equal(null);
      const room = reader.room() as Uint8Array;
      room.set(stream.subarray(chunk));
      expect(room.length).to.equal(stream.length - chunk);
      reader.push(room);
      expect(take(reader).bytes.buffer).to.equal(room.buffer);
    });

    it('is never the room of another record', () => {
      const reader = new RecordReader();
      const stream = encodeRecord(message);
      const first = feed(reader, stream).records[0] as RpcRecord;
      const second = feed(reader, encodeRecord(new Uint8Array(1 << 20))).records[0] as RpcRecord;
      expect(second.bytes.buffer).not.to.equal(first.bytes.buffer);
      expect(Buffer.compare(first.bytes, message)).to.equal(0);
    });

    it('grows with what came, not with what was announced', () => {
      const reader = new RecordReader();
      reader.push(hex('80400000'));
      reader.push(new Uint8Array(1000));
      expect(reader.next()).to.equal(null);
      expect(reader.room()?.buffer.byteLength).to.equal(32_000);
    });

    it('is not offered where bytes wait, between records, or for the little that is left', () => {
      const reader = new RecordReader();
      expect(reader.room()).to.equal(null);
      const stream = encodeRecord(message);
      reader.push(stream.subarray(0, chunk));
      expect(reader.room(), 'not taken yet').to.equal(null);
      reader.next();
      reader.push(stream.subarray(chunk, stream.length - 1000));
      reader.next();
      expect(reader.room(), '1000 bytes left').to.equal(null);
      reader.push(stream.subarray(stream.length - 1000));
      expect(Buffer.compare(take(reader).bytes, message)).to.equal(0);
    });
  });

  it('keeps what was pushed when told that the chunks are taken back', () => {
    const reader = new RecordReader();
    const chunks = ['one', 'two', 'three'].map((word) => encodeRecord(Buffer.from(word)));
    const stream = Buffer.concat(chunks);
    const parts = [stream.subarray(0, 9), stream.subarray(9)].map((part) => Uint8Array.from(part));
    for (const part of parts) reader.push(part);
    const words = [Buffer.from(reader.next()?.bytes ?? []).toString()];
    reader.detach();
    for (const part of parts) part.fill(0xa5);
    const more = Uint8Array.from(encodeRecord(Buffer.from('four')));
    reader.push(more);
    reader.detach();
    more.fill(0xa5);
    for (let next = reader.next(); next !== null; next = reader.next())
      words.push(Buffer.from(next.bytes).toString());
    expect(words).to.deep.equal(['one', 'two', 'three', 'four']);
    expect(reader.partial).to.equal(false);
  });
});
