import { expect } from 'chai';
import fc from 'fast-check';
import { erspanLength, greLayout, greLength } from '../../../dissector/network/tunnels.ts';
import { u16, u32 } from './build.ts';

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

describe('tunnel headers', () => {
  it('places what the flags of GRE announce', () => {
    expect(greLayout(0, 10)).to.deep.equal({
      checksum: -1,
      key: -1,
      sequence: -1,
      acknowledgment: -1,
      routing: -1,
      end: 14,
    });
    expect(greLayout(0xb000, 0)).to.include({ checksum: 4, key: 8, sequence: 12, end: 16 });
    // the acknowledgment is version 1's; routing brings the checksum's place
    expect(greLayout(0x0080, 0).acknowledgment).to.equal(-1);
    expect(greLayout(0x0081, 0)).to.include({ acknowledgment: 4, end: 8 });
    expect(greLayout(0x4000, 0)).to.include({ checksum: 4, routing: 8 });
  });

  it('follows source routes to the empty one', () => {
    const bytes = Buffer.concat([u16(0x4000, 0x0800), u32(0, 0x0002_0004, 0x0102_0304, 0), Buffer.alloc(9)]);
    expect(greLength(viewOf(bytes), 0, bytes.length)).to.equal(20);
    expect(greLength(viewOf(bytes), 0, 19)).to.equal(-1);
  });

  it('knows the ERSPAN types', () => {
    const three = (flags: number) => Buffer.concat([u16(0x2000, 0), u32(0), u16(0, flags)]);
    expect(erspanLength(viewOf(u16(0x1000)), 0, 2)).to.equal(8);
    expect(erspanLength(viewOf(three(0)), 0, 12)).to.equal(12);
    expect(erspanLength(viewOf(three(1)), 0, 12)).to.equal(20);
    expect(erspanLength(viewOf(u16(0x5000)), 0, 2)).to.equal(-1);
  });

  it('never reads beyond the end, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const length = greLength(viewOf(bytes), 0, bytes.length);
        expect(length).to.be.at.most(bytes.length);
        erspanLength(viewOf(bytes), 0, bytes.length);
      }),
    );
  });
});
