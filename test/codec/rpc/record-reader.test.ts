import { expect } from 'chai';
import fc from 'fast-check';
import { isRpcError } from '../../../codec/rpc/errors.ts';
import { RecordBuffers, RecordReader, type RpcRecord } from '../../../codec/rpc/record-reader.ts';
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

  describe('with a spare buffer', () => {
    const large = (byte: number, length: number): Uint8Array =>
      encodeRecord(new Uint8Array(length).fill(byte));

    function feed(reader: RecordReader, bytes: Uint8Array): RpcRecord {
      for (let at = 0; at < bytes.length; at += 10_000) {
        reader.push(bytes.subarray(at, at + 10_000));
        const record = reader.next();
        if (record !== null) return record;
      }
      throw new Error('no record');
    }

    it('reads large records one after the other into the same bytes, across readers', () => {
      const buffers = new RecordBuffers();
      const [one, two] = [new RecordReader({}, buffers), new RecordReader({}, buffers)];
      const first = feed(one, large(1, 200_000));
      expect([first.borrowed, first.bytes.length, first.bytes[199_999]]).to.deep.equal([true, 200_000, 1]);
      expect(one.next()).to.equal(null); // gives it back
      const second = feed(two, large(2, 150_000));
      expect(second.bytes.buffer).to.equal(first.bytes.buffer);
      expect([second.bytes.length, second.bytes.every((byte) => byte === 2)]).to.deep.equal([150_000, true]);
    });

    it('never lends one buffer to two records', () => {
      const buffers = new RecordBuffers();
      const [one, two] = [new RecordReader({}, buffers), new RecordReader({}, buffers)];
      feed(one, large(1, 100_000));
      one.next();
      const held = feed(one, large(3, 100_000));
      const other = feed(two, large(4, 100_000));
      expect(held.bytes.every((byte) => byte === 3)).to.equal(true);
      expect(other.bytes.every((byte) => byte === 4)).to.equal(true);
    });

    it('keeps neither small buffers nor any above its bound', () => {
      const buffers = new RecordBuffers(100_000);
      buffers.give(new Uint8Array(65_535));
      expect(buffers.take(1)).to.equal(null);
      buffers.give(new Uint8Array(100_001));
      expect(buffers.take(1)).to.equal(null);
      const kept = new Uint8Array(100_000);
      buffers.give(kept);
      expect(buffers.take(100_001)).to.equal(null);
      expect(buffers.take(100_000)).to.equal(kept);
      expect(buffers.take(1)).to.equal(null);
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
