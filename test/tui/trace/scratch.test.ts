import { expect } from 'chai';
import { Scratch } from '../../../tui/trace/scratch.ts';

describe('tui/trace/scratch', () => {
  const scratch = new Scratch();
  after(() => scratch.close());

  it('gives back what was written, small and large, before and after it is in the file', () => {
    const places: [number, Buffer][] = [];
    for (const size of [3, 200_000, 100_000, 400_000, 1, 0]) {
      const bytes = Buffer.alloc(size, size % 251);
      places.push([scratch.append(bytes), bytes]);
    }
    for (const [at, bytes] of places) {
      const into = Buffer.alloc(bytes.length);
      expect(scratch.read(at, into)).to.equal(bytes.length);
      expect(into.equals(bytes)).to.equal(true);
    }
  });

  it('reads over the border between file and buffer, and nothing beyond the end', () => {
    const at = scratch.append(Buffer.alloc(262_144, 7));
    scratch.append(Buffer.from([1, 2, 3]));
    const into = Buffer.alloc(16, 9);
    expect(scratch.read(at + 262_144 - 2, into)).to.equal(5);
    expect([...into.subarray(0, 6)]).to.deep.equal([7, 7, 1, 2, 3, 9]);
    expect(scratch.read(scratch.size + 10, into)).to.equal(0);
  });

  it('puts bytes in the place of others', () => {
    const at = scratch.append(Buffer.from([1, 2, 3, 4]));
    scratch.overwrite(at + 1, Buffer.from([9, 9]));
    const into = Buffer.alloc(4);
    scratch.read(at, into);
    expect([...into]).to.deep.equal([1, 9, 9, 4]);
  });
});
